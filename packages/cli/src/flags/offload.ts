/** Flags of machines whose unit caches experts, and what becomes of them. */
import { Effect, Option } from "effect"
import { Flag } from "effect/cli"
import { cacheSize } from "@moira/pipeline"
import { FlagError } from "../flag-error.ts"
import { nameList, numberList, wholeIn } from "./shared.ts"

/** All are optional, so that other machines can refuse them. */
export const offloadFlags = {
  cache: nameList("cache").pipe(
    Flag.optional,
    Flag.withDescription("machines that cache experts: sizes, in slots or as 25%; eight up to what fits when left out")
  ),
  cacheScope: Flag.Literals("cache-scope", ["layer", "all"]).pipe(
    Flag.optional,
    Flag.withDescription("slots are given to each layer (the usual), or all layers share them")
  ),
  prefetch: numberList("prefetch", 0).pipe(
    Flag.optional,
    Flag.withDescription("experts to fetch ahead for each layer step, such as 0,2,4; none when left out")
  ),
  prefetchFor: Flag.Literals("prefetch-for", ["layer", "token"]).pipe(
    Flag.optional,
    Flag.withDescription("fetch ahead for the next layer (the usual) or for the next token of the same layer")
  ),
  predictor: Flag.String("predictor").pipe(
    Flag.optional,
    Flag.withDescription("predictor that says who makes room: name, package or path")
  ),
  prefetchPredictor: Flag.String("prefetch-predictor").pipe(
    Flag.optional,
    Flag.withDescription("predictor that says what to fetch ahead")
  ),
  betweenUs: wholeIn("between-us", 0, 1_000_000).pipe(
    Flag.optional,
    Flag.withDescription(
      "time between the experts of two layers, for attention and all else, in microseconds; 0 when left out"
    )
  ),
  requests: wholeIn("requests", 1).pipe(
    Flag.optional,
    Flag.withDescription("most requests to judge caches on; the held-out ones when left out")
  )
} as const

/** The flags as they were given. */
export interface OffloadFlags {
  readonly cache: Option.Option<ReadonlyArray<string>>
  readonly cacheScope: Option.Option<"layer" | "all">
  readonly prefetch: Option.Option<ReadonlyArray<number>>
  readonly prefetchFor: Option.Option<"layer" | "token">
  readonly predictor: Option.Option<string>
  readonly prefetchPredictor: Option.Option<string>
  readonly betweenUs: Option.Option<number>
  readonly requests: Option.Option<number>
}

const flagNames: Readonly<Record<keyof OffloadFlags, string>> = {
  cache: "cache",
  cacheScope: "cache-scope",
  prefetch: "prefetch",
  prefetchFor: "prefetch-for",
  predictor: "predictor",
  prefetchPredictor: "prefetch-predictor",
  betweenUs: "between-us",
  requests: "requests"
}

/** Other machines have no cache of experts: a flag that would do nothing is refused. */
export const refuseOffloadFlags = Effect.fnUntraced(function* (
  flags: OffloadFlags,
  machine: string
): Effect.fn.Return<void, FlagError> {
  const given = (Object.keys(flagNames) as ReadonlyArray<keyof OffloadFlags>).find((key) =>
    Option.isSome<unknown>(flags[key])
  )
  if (given === undefined) return
  return yield* new FlagError({
    reason: "Meaningless",
    where: `--${flagNames[given]}`,
    what: `${machine} does not cache experts`,
    hint: "for machines with memory behind the unit, such as offload-pcie5"
  })
})

/** One unit has one link, decides nothing and holds no copies: flags of machines with several do not apply. */
const otherFlags = [
  "controller",
  "flowTolerance",
  "warmUp",
  "sample",
  "units",
  "placement",
  "slots",
  "allocator",
  "baseline",
  "kvReserve",
  "copies"
] as const

export const refuseOtherFlags = (
  flags: { readonly [key in (typeof otherFlags)[number]]: Option.Option<unknown> } & { readonly verify: boolean }
) => {
  const given = otherFlags.find((key) => Option.isSome(flags[key])) ?? (flags.verify ? "verify" : undefined)
  return given === undefined
    ? Effect.void
    : Effect.fail(
        new FlagError({
          reason: "Meaningless",
          where: `--${given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
          what: "has no meaning on a machine that caches experts",
          hint: given === "slots" ? "sizes of the cache are --cache" : "leave it out"
        })
      )
}

/** Refuses sizes that are none, by their flag. */
export const checkCacheSizes = ({ cache }: OffloadFlags) =>
  Effect.forEach(
    Option.getOrElse(cache, () => []),
    cacheSize,
    { discard: true }
  )

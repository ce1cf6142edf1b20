/** From the flags of `moira simulate` to a request for machines that cache experts. */
import { Effect, Option } from "effect"
import { cacheSize, type OffloadOptions } from "@moira/pipeline"
import { FlagError } from "../flag-error.ts"
import type { OffloadFlags } from "./offload.ts"
import { bytesOfWeight } from "./weights.ts"

export interface SharedFlags extends OffloadFlags {
  readonly strategy: Option.Option<ReadonlyArray<string>>
  readonly batch: Option.Option<ReadonlyArray<number>>
  readonly steps: Option.Option<number>
  readonly bytesPerWeight: Option.Option<string>
  readonly seed: number
}

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

export const offloadRequest = Effect.fnUntraced(function* (machines: OffloadOptions["machines"], flags: SharedFlags) {
  const given = <K extends string, A>(key: K, value: Option.Option<A>): { readonly [key in K]?: A } =>
    Option.match(value, { onNone: () => ({}), onSome: (a) => ({ [key]: a }) as { readonly [key in K]: A } })
  return {
    machines,
    scope: Option.getOrElse(flags.cacheScope, () => "layer" as const),
    prefetch: Option.getOrElse(flags.prefetch, () => [0]),
    prefetchFor: Option.getOrElse(flags.prefetchFor, () => "layer" as const),
    batches: Option.getOrElse(flags.batch, () => [1]),
    betweenPs: Option.getOrElse(flags.betweenUs, () => 0) * 1e6,
    seed: flags.seed,
    ...(Option.isSome(flags.cache) ? { caches: yield* Effect.forEach(flags.cache.value, cacheSize) } : {}),
    ...given("policies", flags.strategy),
    ...given("predictor", flags.predictor),
    ...given("prefetchPredictor", flags.prefetchPredictor),
    ...given("requests", flags.requests),
    ...given("steps", flags.steps),
    ...given("bytesPerWeight", Option.map(flags.bytesPerWeight, bytesOfWeight))
  }
})

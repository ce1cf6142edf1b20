/** Flags of `moira compare`: values of parameters, and what one of a field costs. */
import type { CompareOptions, Prices } from "@moira/pipeline"
import { objectives } from "@moira/results"
import { Effect, Option } from "effect"
import { Flag } from "effect/cli"
import { FlagError } from "../flag-error.ts"
import { readText } from "../inputs/read-text.ts"

export const compareFlags = {
  baseline: Flag.String("baseline").pipe(
    Flag.optional,
    Flag.withDescription("strategy that others are over; what the results name, else ep, when left out")
  ),
  reference: Flag.String("reference").pipe(
    Flag.optional,
    Flag.withDescription(
      "machine that others are over, by values such as machine=dojo,linkBytesPerSec=1.7e12; that of the catalogue, else the first, when left out"
    )
  ),
  by: Flag.String("by").pipe(
    Flag.optional,
    Flag.withDescription(
      "number that scaling curves run along, such as machine.linkBytesPerSec; what moves throughput most when left out"
    )
  ),
  against: Flag.Literals("against", objectives).pipe(
    Flag.withDefault("energy" as const),
    Flag.withDescription("what throughput is weighed against")
  ),
  price: Flag.String("price").pipe(
    Flag.optional,
    Flag.withDescription(
      "money for one of a field, such as units=25000,machine.hbmBytes*units=1e-8 or dojo:units=30000; or a .json file of these"
    )
  ),
  area: Flag.String("area").pipe(
    Flag.optional,
    Flag.withDescription("square millimetres for one of a field, such as units=814, in the same form")
  ),
  only: Flag.String("only").pipe(
    Flag.optional,
    Flag.withDescription("runs with these values of parameters only, such as batch=1024,strategy=moira")
  )
} as const

/** `KEY=VALUE`s, cut at the commas before a key. */
const pairs = (text: string): ReadonlyArray<readonly [string, string]> =>
  text
    .split(/,(?=[^,=]+=)/)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== "")
    .map((piece) => {
      const at = piece.lastIndexOf("=")
      return at < 0 ? [piece, ""] : [piece.slice(0, at).trim(), piece.slice(at + 1).trim()]
    })

const meaningless = (where: string, what: string, hint: string) =>
  new FlagError({ reason: "Meaningless", where, what, hint })

const values = Effect.fnUntraced(function* (flag: string, text: string) {
  const all = pairs(text)
  const wrong = all.find(([key, value]) => key === "" || value === "")
  if (wrong !== undefined || all.length === 0)
    return yield* meaningless(`--${flag} ${text}`, "not of the form FIELD=VALUE", `for example --${flag} batch=1024`)
  return Object.fromEntries(all)
})

/** From the flag itself, or from the JSON file that it names. */
const prices = Effect.fnUntraced(function* (flag: string, text: string) {
  const hint = `for example --${flag} units=${flag === "area" ? 814 : 25_000}, or a .json file such as {"units": 1}`
  let all: ReadonlyArray<readonly [string, unknown]> = []
  if (text.endsWith(".json") && !text.includes("=")) {
    const json = yield* readText(text, { what: (words) => `cannot be read: ${words.split(",")[0]}`, hint })
    const value = yield* Effect.try({
      try: (): unknown => JSON.parse(json),
      catch: (cause) => meaningless(`--${flag} ${text}`, `not JSON: ${String(cause)}`, hint)
    })
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return yield* meaningless(`--${flag} ${text}`, "not an object of fields and numbers", hint)
    all = Object.entries(value)
  } else all = pairs(text).map(([key, value]) => [key, value === "" ? Number.NaN : Number(value)] as const)
  for (const [key, value] of all) {
    if (key === "" || typeof value !== "number" || !Number.isFinite(value) || value < 0)
      return yield* meaningless(`--${flag} ${text}`, `${key || "a field"} is no number from 0 on`, hint)
  }
  if (all.length === 0) return yield* meaningless(`--${flag} ${text}`, "names no field", hint)
  return Object.fromEntries(all) as Prices
})

type Given = { readonly [K in "baseline" | "reference" | "by" | "price" | "area" | "only"]: Option.Option<string> } & {
  readonly against: NonNullable<CompareOptions["against"]>
}

/** Flags as options of the library. */
export const compareOptions = Effect.fn("cli.compareOptions")(function* (flags: Given) {
  const options: CompareOptions = {
    against: flags.against,
    ...(Option.isSome(flags.baseline) ? { baseline: flags.baseline.value } : {}),
    ...(Option.isSome(flags.by) ? { by: flags.by.value } : {}),
    ...(Option.isSome(flags.reference) ? { reference: yield* values("reference", flags.reference.value) } : {}),
    ...(Option.isSome(flags.only) ? { only: yield* values("only", flags.only.value) } : {}),
    ...(Option.isSome(flags.price) ? { prices: yield* prices("price", flags.price.value) } : {}),
    ...(Option.isSome(flags.area) ? { areas: yield* prices("area", flags.area.value) } : {})
  }
  return options
})

/** `--set KEY=NUMBER`: asks what another die, link or memory would buy, without writing a spec file. */
import { InvalidSpec } from "@moira/hardware"
import { Effect } from "effect"

type Json = { readonly [key: string]: unknown }

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const refused = (change: string, what: string, hint: string) =>
  new InvalidSpec({ reason: "Malformed", where: `--set ${change}`, what, hint })

const put = (spec: Json, path: ReadonlyArray<string>, value: number): Json => {
  const [key, ...rest] = path
  return { ...spec, [key!]: rest.length === 0 ? value : put(spec[key!] as Json, rest, value) }
}

/** The numbers of a spec that can be set, nested ones with dots. */
const settable = (spec: Json, before = ""): ReadonlyArray<string> =>
  Object.entries(spec).flatMap(([key, value]) =>
    typeof value === "number" ? [before + key] : isJson(value) ? settable(value, `${before}${key}.`) : []
  )

/** A spec with numbers replaced; only numbers that the spec has can be set. */
export const changeSpec = Effect.fnUntraced(function* (spec: unknown, changes: ReadonlyArray<string>) {
  let changed = isJson(spec) ? spec : {}
  const known = settable(changed)
  for (const change of changes) {
    const [key = "", text = ""] = change.split("=", 2)
    if (!known.includes(key)) {
      return yield* refused(
        change,
        `the machine has no number ${key === "" ? "of that name" : key}`,
        `known are ${known.join(", ")}`
      )
    }
    const value = Number(text)
    if (text === "" || !Number.isFinite(value)) {
      return yield* refused(change, `${text === "" ? "nothing" : text} is no number`, `for example ${key}=1e12`)
    }
    changed = put(changed, key.split("."), value)
  }
  return changed
})

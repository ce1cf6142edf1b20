/** `--set KEY=VALUE`: asks what another die, link or memory would buy, without writing a spec file. */
import { InvalidSpec } from "@moira/hardware"
import { Effect, Predicate } from "effect"

type Json = { readonly [key: string]: unknown }

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const refused = (change: string, what: string, hint: string, reason: InvalidSpec["reason"] = "Malformed") =>
  new InvalidSpec({ reason, where: `--set ${change}`, what, hint })

const put = (spec: Json, path: ReadonlyArray<string>, value: unknown): Json => {
  const [key, ...rest] = path
  return { ...spec, [key!]: rest.length === 0 ? value : put(spec[key!] as Json, rest, value) }
}

/** The numbers of a spec, nested ones with dots. */
const settable = (spec: Json, before = ""): ReadonlyArray<string> =>
  Object.entries(spec).flatMap(([key, value]) =>
    typeof value === "number" ? [before + key] : isJson(value) ? settable(value, `${before}${key}.`) : []
  )

/** A list, number or truth value as JSON tells it; anything else is a word. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Names of the fields that a backend's spec may have, those left out included; none where its schema does not say. */
export const specFields = (schema: unknown): ReadonlyArray<string> =>
  Predicate.hasProperty(schema, "fields") && isJson(schema.fields) ? Object.keys(schema.fields) : []

/**
 * A spec with parts replaced: its numbers, and whole `fields`, such as `routing=yx` or `deadDies=[[1,2]]`. The backend checks
 * what comes out; only that numbers stay numbers, and that the name exists, is checked here.
 */
export const changeSpec = Effect.fnUntraced(function* (
  spec: unknown,
  changes: ReadonlyArray<string>,
  fields: ReadonlyArray<string> = []
) {
  let changed = isJson(spec) ? spec : {}
  const numbers = settable(changed)
  for (const change of changes) {
    const [key = "", ...rest] = change.split("=")
    const text = rest.join("=")
    if (!numbers.includes(key) && !fields.includes(key)) {
      return yield* refused(
        change,
        `the machine has no field ${key === "" ? "of that name" : key}`,
        `known are ${[...new Set([...numbers, ...fields])].join(", ")}`,
        "NoSuchField"
      )
    }
    const value = numbers.includes(key) ? Number(text) : parsed(text)
    if (text === "" || (numbers.includes(key) && !Number.isFinite(value))) {
      return yield* refused(change, `${text === "" ? "nothing" : text} is no number`, `for example ${key}=1e12`)
    }
    changed = put(changed, key.split("."), value)
  }
  return changed
})

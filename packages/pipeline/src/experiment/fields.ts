/** Fields of an experiment by path: what an axis, `--set` and `--by` name. */
import { knownNames } from "@moira/core"
import { Result } from "effect"
import { ExperimentError } from "./error.ts"
import { fieldsAt } from "./known-fields.ts"
import type { RunKind } from "./schema.ts"

/** Where a field lies in the document: keys and positions from the root. */
export type FieldPath = ReadonlyArray<string | number>

const ofMachine = new Set(["name", "backend", "units", "set"])
/** What an experiment varies; the rest says what to do with the results. */
const variable = new Set(["trace", "machine", "stages", "options", "seed"])

const split = (field: string): FieldPath =>
  field
    .replaceAll(/\[(\d+)\]/g, ".$1")
    .split(".")
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))

/** Fields that may vary, for hints. */
const variableFields = (run: RunKind): ReadonlyArray<string> => [
  ...(fieldsAt(run, ["options"]) ?? []).map((name) => `options.${name}`),
  ...(fieldsAt(run, ["stages"]) ?? []).map((name) => `stages.${name}`),
  ...(fieldsAt(run, ["machine"]) === undefined ? [] : ["machine.name", "machine.units", "machine.FIELD of its spec"]),
  "trace.store",
  "seed"
]

/** A field as it was named; where it lies, or that there is none. `machine.FIELD` is a field of the machine's spec. */
export const fieldPath = (run: RunKind, field: string, where: string): Result.Result<FieldPath, ExperimentError> => {
  const none = () =>
    Result.fail(
      new ExperimentError({
        reason: "NoSuchField",
        where,
        what: `${field}: an experiment that runs ${run} has no such field`,
        hint: `known are ${knownNames(field, variableFields(run))}`
      })
    )
  const parts = split(field)
  const [first, second] = parts
  if (first === "machine" && fieldsAt(run, ["machine"]) !== undefined) {
    if (second === undefined) return Result.succeed(["machine", "name"])
    if (second === "set")
      return parts.length < 3 ? none() : Result.succeed(["machine", "set", field.slice("machine.set.".length)])
    if (!ofMachine.has(String(second))) return Result.succeed(["machine", "set", field.slice("machine.".length)])
  }
  if (typeof first === "string" && variable.has(first))
    return fieldsAt(run, parts) === undefined || (parts.length === 1 && first !== "seed" && first !== "trace")
      ? none()
      : Result.succeed(parts)
  for (const group of ["options", "stages"])
    if (
      typeof first === "string" &&
      fieldsAt(run, [group])?.includes(first) === true &&
      fieldsAt(run, [group, ...parts]) !== undefined
    )
      return Result.succeed([group, ...parts])
  return none()
}

/** The value at a path; undefined where there is none. */
export const valueAt = (document: unknown, path: FieldPath): unknown =>
  path.reduce<unknown>((value, part) => {
    if (typeof value !== "object" || value === null) return undefined
    return Object.hasOwn(value, part) ? (value as Readonly<Record<string | number, unknown>>)[part] : undefined
  }, document)

/** A document with one value replaced; what leads there is made where it is missing. */
export const withValue = (document: unknown, [part, ...rest]: FieldPath, value: unknown): unknown => {
  if (part === undefined) return value
  const next = (inner: unknown) => withValue(inner, rest, value)
  if (Array.isArray(document)) return document.map((inner, i) => (i === part ? next(inner) : inner))
  const of = typeof document === "object" && document !== null ? (document as Readonly<Record<string, unknown>>) : {}
  return { ...of, [part]: next(of[part]) }
}

/** A path as `--by` and tables name it. */
export const fieldName = (path: FieldPath): string =>
  path[0] === "machine" && path[1] === "set" ? `machine.${path.slice(2).join(".")}` : path.join(".")

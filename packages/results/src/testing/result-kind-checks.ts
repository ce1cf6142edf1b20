/** What every kind of result must do, as named checks over examples of its documents. */
import { assert } from "@effect/vitest"
import { type Check, registerChecks } from "@moira/core/testing"
import { Effect, Result, Schema } from "effect"
import { withoutDigest } from "../digest.ts"
import { documentText, resultContract, type ResultDocument, type ResultKind } from "../kind.ts"
import { metrics as everyMetric } from "../metrics/index.ts"

type Path = ReadonlyArray<string | number>

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/** Every number of a value, by its path. */
const numbersOf = (value: unknown, path: Path = []): ReadonlyArray<{ readonly path: Path; readonly value: number }> => {
  if (typeof value === "number") return [{ path, value }]
  if (Array.isArray(value)) return value.flatMap((inner, i) => numbersOf(inner, [...path, i]))
  return isObject(value) ? Object.entries(value).flatMap(([key, inner]) => numbersOf(inner, [...path, key])) : []
}

/** A copy with another value at a path. */
const replaced = (value: unknown, [key, ...rest]: Path, by: unknown): unknown => {
  if (key === undefined) return by
  if (Array.isArray(value)) return value.map((inner: unknown, i) => (i === key ? replaced(inner, rest, by) : inner))
  return isObject(value) ? { ...value, [key]: replaced(value[key], rest, by) } : value
}

/** Records of metrics by id, wherever a document holds them. */
const metricIdsOf = (value: unknown): ReadonlyArray<string> => {
  if (Array.isArray(value)) return value.flatMap(metricIdsOf)
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "metrics" && isObject(inner) && !Array.isArray(inner) ? Object.keys(inner) : metricIdsOf(inner)
  )
}

/** At most so many, spread evenly: documents hold thousands of numbers. */
const spread = <A>(values: ReadonlyArray<A>, most: number): ReadonlyArray<A> => {
  const step = Math.max(1, Math.ceil(values.length / most))
  return values.filter((_, i) => i % step === 0)
}

const check = (name: string, run: () => void): Check => ({ name, run: Effect.sync(run) })

/** Checks of a kind; `examples` are documents of it that hold what they can hold, one at least. */
export const resultKindChecks = <D extends ResultDocument>(
  kind: ResultKind<D>,
  examples: ReadonlyArray<D>
): ReadonlyArray<Check> => {
  const decode = Schema.decodeUnknownResult(kind.document)
  const isOne = (value: unknown) => Result.isSuccess(decode(value))
  return [
    check("says its contract, its id and its schema with a version", () => {
      assert.strictEqual(kind.contract, resultContract)
      assert.match(kind.id, /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/)
      assert.match(kind.schema, /^[a-z][a-z0-9-]*\/[1-9][0-9]*$/)
    }),
    check("has examples of its documents", () => {
      assert.isAbove(examples.length, 0)
      for (const { schema } of examples) assert.strictEqual(schema, kind.schema)
    }),
    check("gives back every document from the text of its file", () => {
      for (const example of examples) {
        const text = documentText(example)
        const read = Result.getOrThrow(decode(withoutDigest(JSON.parse(text))))
        assert.deepStrictEqual(read, example)
        assert.strictEqual(documentText(read), text)
      }
    }),
    check("knows its own schema only", () => {
      for (const example of examples) {
        assert.isFalse(isOne({ ...example, schema: `${kind.schema}0` }), "another version")
        assert.isFalse(isOne({ ...example, schema: "another/1" }), "another schema")
        assert.isFalse(isOne({ schema: kind.schema }), "nothing but the schema")
        assert.isFalse(isOne({ ...example, moira: undefined }), "no version of Moira")
      }
    }),
    check("lets no number be NaN or infinite", () => {
      for (const example of examples) {
        for (const { path, value } of numbersOf(example)) assert.isTrue(Number.isFinite(value), path.join("."))
        for (const { path } of spread(numbersOf(example), 200)) {
          for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
            assert.isFalse(isOne(replaced(example, path, wrong)), `${path.join(".")} may be ${wrong}`)
          }
        }
      }
    }),
    check("defines its metrics under their ids, with title, unit and definition", () => {
      for (const [id, metric] of kind.metrics) {
        assert.strictEqual(metric.id, id)
        assert.match(id, /^[a-z][a-z0-9_]*$/)
        for (const text of [metric.title, metric.unit, metric.definition]) assert.notStrictEqual(text.trim(), "", id)
        const shared = everyMetric.get(id)
        if (shared !== undefined)
          assert.deepStrictEqual(metric, shared, `${id} is Moira's and means something else here`)
      }
    }),
    check("holds no metric by an id that it does not define", () => {
      for (const id of examples.flatMap(metricIdsOf)) assert.isTrue(kind.metrics.has(id), `${id} is not defined`)
    })
  ]
}

/** Registers the checks of a kind as tests. */
export const resultKindConformance = <D extends ResultDocument>(
  kind: ResultKind<D>,
  examples: ReadonlyArray<D>
): void => registerChecks(`${kind.id}: ${resultContract}`, resultKindChecks(kind, examples))

/** The kit of kinds of result finds what is wrong with one. */
import { assert, describe, it } from "@effect/vitest"
import { version } from "@moira/core"
import { Effect, Exit, Schema } from "effect"
import { Input } from "../src/common.ts"
import { resultContract, type ResultKind } from "../src/kind.ts"
import { metric } from "../src/metrics/metric.ts"
import { resultKindChecks } from "../src/testing/result-kind-checks.ts"

const fields = {
  schema: Schema.Literal("own-thing/1"),
  moira: Schema.String,
  input: Input,
  metrics: Schema.Record(Schema.String, Schema.Finite),
  mean: Schema.NullOr(Schema.Finite)
}
const Thing = Schema.Struct(fields)
type Thing = typeof Thing.Type

const example: Thing = {
  schema: "own-thing/1",
  moira: version,
  input: {
    model: "test",
    title: "Test model",
    contentSha256: "0",
    requests: 1,
    prefillTokens: 2,
    decodeTokens: 3,
    layers: [1],
    experts: 4,
    topK: 1,
    origin: "memory"
  },
  metrics: { thing_rate: 0.5 },
  mean: 1.5
}

const kind: ResultKind<Thing> = {
  contract: resultContract,
  id: "thing",
  schema: "own-thing/1",
  document: Thing,
  metrics: new Map([metric("thing_rate", "Thing rate", "1", "higher", "share of things")])
}

const failing = (broken: ResultKind<Thing>, examples: ReadonlyArray<Thing> = [example]): ReadonlyArray<string> =>
  resultKindChecks(broken, examples).flatMap(({ name, run }) => (Exit.isFailure(Effect.runSyncExit(run)) ? [name] : []))

const rate = (title: string, unit: string, definition = "share of things") =>
  new Map([metric("thing_rate", title, unit, "higher", definition)])

describe("a broken kind of result is found:", () => {
  it("the whole one passes", () => assert.deepStrictEqual(failing(kind), []))

  const mutants: ReadonlyArray<readonly [string, Partial<ResultKind<Thing>>, string]> = [
    ["an id with a space", { id: "a thing" }, "says its contract"],
    ["a schema without version", { schema: "own-thing" }, "says its contract"],
    ["a schema that its documents do not have", { schema: "own-thing/2" }, "examples"],
    [
      "a form that takes any schema",
      { document: Schema.Struct({ ...fields, schema: Schema.String }) as unknown as typeof Thing },
      "its own schema only"
    ],
    [
      "a form that takes NaN",
      { document: Schema.Struct({ ...fields, mean: Schema.NullOr(Schema.Number) }) },
      "NaN or infinite"
    ],
    [
      "a form that loses a field",
      { document: Schema.Struct({ schema: fields.schema, moira: fields.moira }) as unknown as typeof Thing },
      "gives back every document"
    ],
    ["a metric without a unit", { metrics: rate("Thing rate", "") }, "defines its metrics"],
    [
      "a metric under another id",
      { metrics: new Map([["other", kind.metrics.get("thing_rate")!]]) },
      "defines its metrics"
    ],
    ["a metric that is not defined", { metrics: new Map() }, "holds no metric"],
    [
      "one of Moira's metrics with another meaning",
      { metrics: new Map([...kind.metrics, metric("hops", "Hops", "miles", "lower", "how far")]) },
      "defines its metrics"
    ]
  ]
  for (const [what, change, name] of mutants) {
    it(what, () => {
      const names = failing({ ...kind, ...change })
      assert.isTrue(
        names.some((one) => one.includes(name)),
        `found ${names.join(", ") || "nothing"}`
      )
    })
  }

  it("no examples", () => assert.isAbove(failing(kind, []).length, 0))
  it("an example with NaN", () => assert.include(failing(kind, [{ ...example, mean: Number.NaN }]).join(), "NaN"))
})

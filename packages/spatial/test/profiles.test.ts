import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { Effect } from "effect"
import { profiles } from "../src/spatial.ts"
import { analyse, modelOf, requestOf, type Token } from "@moira/trace/testing"

const experts = 24
const model = modelOf({ layers: 4, experts, topK: 1 })
const { below } = random(9)

/** A request that uses eight experts from `first` on, at random. */
const using = (subject: string, language: string, first: number, tokens = 40) =>
  requestOf(
    [],
    Array.from({ length: tokens }, (): Token => Array.from({ length: 4 }, () => [first + below(8)])),
    { benchmark: "mmlu", subject, language }
  )

it.effect("tasks with experts of their own lie far apart, random halves of one task do not", () =>
  Effect.gen(function* () {
    const requests = Array.from({ length: 10 }, () => [
      using("anatomy", "en", 0),
      using("algebra", "en", 8),
      using("anatomy", "zh", 0)
    ]).flat()
    const result = yield* analyse(profiles, model, requests)
    const distance = (kind: string, a: string, b: string) =>
      result.distances.find((of) => of.kind === kind && of.a === a && of.b === b)!.distance
    assert.closeTo(distance("subject", "mmlu/anatomy", "mmlu/algebra"), 1, 1e-12)
    assert.isBelow(distance("subject", "mmlu/anatomy", "mmlu/anatomy"), 0.15)
    assert.isBelow(distance("subject", "mmlu/algebra", "mmlu/algebra"), 0.15)
    const languages = distance("language", "en", "zh")
    assert.isTrue(languages > distance("language", "zh", "zh") && languages < 1)
    assert.strictEqual(result.distances.length, 3 + 3)
    assert.deepStrictEqual(result.notMeasured, [
      { what: "comparison of benchmarks", why: "the trace has one benchmark: mmlu" }
    ])
    const anatomy = result.profiles.filter(({ name }) => name === "mmlu/anatomy")
    assert.deepStrictEqual(
      anatomy.map(({ layer, requests: count, top }) => [layer, count, top.length]),
      [
        [1, 20, 8],
        [5, 20, 8],
        [7, 20, 8]
      ]
    )
    for (const { top } of anatomy) {
      assert.isTrue(top.every(({ expert }) => expert < 8))
      assert.closeTo(
        top.reduce((sum, { share }) => sum + share, 0),
        1,
        1e-12
      )
      assert.deepStrictEqual(
        top.map(({ share }) => share),
        top.map(({ share }) => share).toSorted((a, b) => b - a)
      )
    }
  })
)

it.effect("one task has no other to be far from", () =>
  Effect.gen(function* () {
    const result = yield* analyse(profiles, model, [using("anatomy", "en", 0), using("anatomy", "en", 8)])
    assert.deepStrictEqual(result.distances, [])
    assert.deepStrictEqual(result.notMeasured, [
      { what: "comparison of benchmarks", why: "the trace has one benchmark: mmlu" },
      { what: "comparison of subjects", why: "the trace has one subject: mmlu/anatomy" },
      { what: "comparison of languages", why: "the trace has one language: en" }
    ])
  })
)

it.effect("a task of one request has a distance to others and no noise floor", () =>
  Effect.gen(function* () {
    const requests = [using("anatomy", "en", 0), using("anatomy", "en", 0), using("algebra", "en", 8)]
    const result = yield* analyse(profiles, model, requests)
    assert.deepStrictEqual(
      result.distances.map(({ a, b }) => [a, b]),
      [
        ["mmlu/anatomy", "mmlu/anatomy"],
        ["mmlu/anatomy", "mmlu/algebra"]
      ]
    )
    assert.deepInclude(result.notMeasured, {
      what: "noise floor of the distances of subject mmlu/algebra",
      why: "two random halves need two requests with recorded selections"
    })
  })
)

it.effect("a profile is of all the task's requests", () =>
  Effect.gen(function* () {
    const only = (expert: number) => requestOf([[[expert], [expert], [expert], [expert]]], [])
    const result = yield* analyse(profiles, model, [only(3), only(7), only(7)])
    assert.deepStrictEqual(
      result.profiles.find(({ kind }) => kind === "subject"),
      {
        kind: "subject",
        name: "test/all",
        requests: 3,
        layer: 1,
        top: [
          { expert: 7, share: 2 / 3 },
          { expert: 3, share: 1 / 3 }
        ]
      }
    )
  })
)

import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { SpatialResult } from "@moira/results"
import { analyse, checked, modelOf, requestOf, type Token } from "@moira/trace/testing"
import { Effect } from "effect"
import { profiles } from "../src/spatial.ts"

const experts = 20
const model = modelOf({ layers: 2, experts, topK: 1 })

/**
 * A request of one task: expert 0 takes a fifth whatever the task, `own` another fifth, the rest goes round the others.
 * `bursts` makes the request repeat one expert of its own, as real requests do.
 */
const requestFor = (subject: string, own: number, draw: ReturnType<typeof random>, tokens: number, bursts = false) => {
  const habit = 10 + draw.below(10)
  const pick = () => {
    const u = draw.uniform()
    return u < 0.2 ? 0 : u < 0.4 ? own : bursts && u < 0.8 ? habit : 1 + draw.below(experts - 1)
  }
  const token = (): Token => [[pick()], [pick()]]
  return requestOf([], Array.from({ length: tokens }, token), { subject })
}

it.effect("experts of all tasks are shared, those of one are its own", () =>
  Effect.gen(function* () {
    const draw = random(3)
    const requests = Array.from({ length: 24 }, (_, r) => requestFor(`s${r % 3}`, 1 + (r % 3), draw, 60))
    const result = yield* analyse(profiles, model, requests)
    const layers = result.sharing.layers.filter(({ kind }) => kind === "subject")
    assert.strictEqual(layers.length, 2)
    for (const { shared, specific, tasks, byChance, experts: list } of layers) {
      assert.deepStrictEqual([tasks, shared, specific], [3, 1, 3])
      assert.deepStrictEqual(
        list.filter(({ sharing }) => sharing === "shared").map(({ expert, hotIn }) => [expert, hotIn]),
        [[0, 3]]
      )
      const own = list.filter(({ sharing }) => sharing === "specific").toSorted((a, b) => a.expert - b.expert)
      assert.deepStrictEqual(
        own.map(({ expert, task }) => [expert, task]),
        [
          [1, "test/s0"],
          [2, "test/s1"],
          [3, "test/s2"]
        ]
      )
      for (const of of own) assert.isTrue(of.overMean > 2 && of.elsewhere < 1.5 && of.z > 3)
      // Dealt at random, 1, 2 and 3 are a little hot everywhere.
      assert.isBelow(byChance.someOnly, 3)
    }
    assert.strictEqual(result.sharing.means.find(({ kind }) => kind === "subject")!.specific, 3)
  })
)

it.effect("small tasks whose requests merely have habits have no experts of their own", () =>
  Effect.gen(function* () {
    const draw = random(8)
    const requests = Array.from({ length: 30 }, (_, r) => requestFor(`s${r % 6}`, 1, draw, 50, true))
    const result = yield* analyse(profiles, model, requests)
    const layers = result.sharing.layers.filter(({ kind }) => kind === "subject")
    // By the top lists of the tasks there are many experts of one task only; by chance there are as many.
    for (const of of layers) {
      assert.isAbove(of.undecided, 3)
      assert.strictEqual(of.specific, 0)
      assert.closeTo(of.byChance.someOnly, of.undecided, 4)
    }
  })
)

it.effect("false alarms are as rare as promised: 5 % of layers", () =>
  Effect.gen(function* () {
    const layers = 12
    let alarms = 0
    for (let seed = 0; seed < 10; seed++) {
      const draw = random(100 + seed)
      const requests = Array.from({ length: 18 }, (_, r) => {
        const habits = Array.from({ length: layers }, () => draw.below(experts))
        const token = (): Token => habits.map((habit) => [draw.uniform() < 0.3 ? habit : draw.below(experts)])
        return requestOf([], Array.from({ length: 40 }, token), { subject: `s${r % 3}` })
      })
      const result = yield* analyse(profiles, modelOf({ layers, experts, topK: 1 }), requests)
      alarms += result.sharing.layers.filter(({ kind, specific }) => kind === "subject" && specific > 0).length
    }
    assert.isAtMost(alarms, 14, `of ${10 * layers}, 6 expected`)
  })
)

it.effect("tasks with too few selections are left out and named", () =>
  Effect.gen(function* () {
    const draw = random(4)
    const requests = [
      ...Array.from({ length: 8 }, (_, r) => requestFor(`s${r % 2}`, 1 + (r % 2), draw, 50)),
      requestFor("tiny", 9, draw, 10)
    ]
    const result = yield* analyse(profiles, model, requests)
    assert.deepStrictEqual(
      result.sharing.layers.filter(({ kind }) => kind === "subject").map(({ tasks }) => tasks),
      [2, 2]
    )
    const gap = result.notMeasured.find(({ what }) => what === "shared and specific experts by subject, for test/tiny")
    assert.match(gap!.why, /too few selections/)
    const tiny = yield* analyse(profiles, model, [requestFor("a", 1, draw, 3), requestFor("b", 2, draw, 3)])
    assert.deepStrictEqual(tiny.sharing, { layers: [], means: [] })
    assert.match(
      tiny.notMeasured.find(({ what }) => what === "shared and specific experts by subject")!.why,
      /fewer than two subjects/
    )
  })
)

it.effect("distances stand beside those of random groups of the same sizes", () =>
  Effect.gen(function* () {
    const draw = random(6)
    const alike = Array.from({ length: 20 }, (_, r) => requestFor(r < 4 ? "few" : "many", 1, draw, 30))
    const apart = Array.from({ length: 20 }, (_, r) => requestFor(r < 4 ? "few" : "many", r < 4 ? 1 : 2, draw, 30))
    const distance = (result: Pick<SpatialResult, "distances">) =>
      result.distances.find(({ kind, a, b }) => kind === "subject" && a !== b)!
    const same = distance(yield* analyse(profiles, model, alike))
    const different = distance(yield* analyse(profiles, model, apart))
    assert.isAbove(same.distance, 0.05, "few requests are apart by chance")
    assert.isBelow(same.distance, same.noise!.high)
    assert.isAbove(different.distance, different.noise!.high)
    assert.isTrue(different.noise!.mean < different.noise!.high)
  })
)

it.effect("with many tasks their distances are taken, and the shuffles of them left out with a reason", () =>
  Effect.gen(function* () {
    const draw = random(2)
    const requests = Array.from({ length: 66 }, (_, r) => requestFor(`s${r}`, 1, draw, 2))
    const result = yield* analyse(profiles, model, requests)
    const { distances, notMeasured, sharing } = checked(
      SpatialResult.mapFields(({ distances: d, notMeasured: n, sharing: s }) => ({
        distances: d,
        notMeasured: n,
        sharing: s
      })),
      { distances: result.distances, notMeasured: result.notMeasured, sharing: result.sharing }
    )
    assert.strictEqual(distances.filter(({ a, b }) => a !== b).length, (66 * 65) / 2)
    assert.isTrue(distances.every(({ noise }) => noise === null))
    assert.match(notMeasured.find(({ what }) => what === "chance distances between subjects")!.why, /too many pairs/)
    assert.strictEqual(sharing.layers.length, 0)
  })
)

/** Placing over threads: the same placement for any number of them, and what an optimizer refuses or throws. */
import { assert, it } from "@effect/vitest"
import { inlineRunner, loadPlugin, random } from "@moira/core"
import { nodePluginsFrom, threadRunner } from "@moira/core/node"
import { optimizerKind, type PlacementInput } from "@moira/placement"
import { modelOf } from "@moira/trace/testing"
import { Effect } from "effect"
import { sizedMachine } from "../src/index.ts"
import { placeOver } from "../src/place/place-over.ts"

const plugins = nodePluginsFrom({ app: import.meta.url })
const model = { ...modelOf({ layers: 5, experts: 30, topK: 3 }), hidden: 1024, expertFfn: 512 }
const { below } = random(3)
const counts = Array.from({ length: 5 }, () => Float64Array.from({ length: 30 }, () => 1 + below(1000)))

const scene = Effect.gen(function* () {
  const { plugin: moira } = yield* loadPlugin(optimizerKind, "moira")
  const { plugin: eplb } = yield* loadPlugin(optimizerKind, "eplb-global")
  const { fabric, named } = yield* sizedMachine({ machine: "dojo" })
  const input: PlacementInput = {
    model,
    layers: [0, 1, 2, 3, 4],
    fabric,
    expertBytes: 1e6,
    spareSlots: 1,
    counts,
    seed: 2
  }
  return { moira, eplb, named, input }
}).pipe(Effect.provide(plugins))

it.live(
  "any number of threads gives the placement of none, with a budget for what may move too",
  () =>
    Effect.gen(function* () {
      const { moira, eplb, named, input } = yield* scene
      for (const one of [input, { ...input, migrationSlots: 40 }]) {
        const plain = yield* moira.place(one)
        for (const runner of [inlineRunner, threadRunner(2), threadRunner(3)])
          assert.deepStrictEqual(yield* placeOver(moira, named, 0)(one).pipe(Effect.provide(runner)), plain)
      }
      const plain = yield* eplb.place(input)
      assert.deepStrictEqual(yield* placeOver(eplb, named, 0)(input).pipe(Effect.provide(threadRunner(2))), plain)
    }),
  60_000
)

it.live("what cannot be placed is refused before any thread starts", () =>
  Effect.gen(function* () {
    const { moira, named, input } = yield* scene
    const { counts: _, ...without } = input
    const plain = yield* Effect.flip(moira.place(without))
    const away = yield* Effect.flip(placeOver(moira, named, 0)(without).pipe(Effect.provide(threadRunner(2))))
    assert.deepStrictEqual(away, plain)
    assert.strictEqual(away.reason, "NeedsCounts")
  })
)

/** How the study is read: every other reading is a strategy that runs, and the split limit is where the machine puts it. */
import { assert, it } from "@effect/vitest"
import algorithm1 from "@moira/allocation/allocators/algorithm-1"
import { defaultBlockTokens } from "@moira/allocation"
import { expertFlopPerToken, expertParameters } from "@moira/core"
import { resolveModel } from "@moira/core/node"
import { builtinPlugins } from "@moira/core/testing"
import { costModel, fabricOf, holdersOf, loadMachine, makePlacement } from "@moira/hardware"
import { strategyKind } from "@moira/simulator"
import wafer from "@moira/wafer"
import { Effect } from "effect"
import { studyModels } from "../src/bench.ts"
import { indexPage } from "../src/index-page.ts"
import { readings } from "../src/readings.ts"
import { strategiesRead } from "../src/sensitivity-readings.ts"

const others = readings.flatMap(({ otherwise }) => otherwise.map(([strategy]) => strategy))

it.effect("every other reading is a built-in strategy, and sensitivity runs it", () =>
  Effect.gen(function* () {
    const known = (yield* builtinPlugins(strategyKind)).map(({ plugin }) => plugin.name)
    for (const strategy of others) {
      assert.include(known, strategy)
      assert.include(strategiesRead, strategy)
    }
    for (const strategy of strategiesRead) assert.include(known, strategy)
    assert.strictEqual(new Set(strategiesRead).size, strategiesRead.length)
  })
)

it("the first page has every reading with its place in the study", () => {
  const twins = { requests: 1, prefillTokens: 1, decodeTokens: 1, contentSha256: {} }
  const page = indexPage(
    { schema: "moira-reproduction/1", moira: "0", seed: 1, twins, real: {}, experiments: [] },
    "moira reproduce"
  )
  for (const { of, place } of readings) assert.isTrue(page.includes(of) && page.includes(place), of)
})

it.effect("on Dojo an expert of any model of the study is split from about 2 x 470 requests on", () =>
  Effect.gen(function* () {
    const fabric = fabricOf((yield* loadMachine(wafer, "dojo")).machine)
    for (const name of studyModels) {
      const model = yield* resolveModel(name)
      const { experts } = model
      const cost = costModel(fabric, 2 * expertParameters(model), expertFlopPerToken(model))
      const allocate = algorithm1.prepare({ fabric, experts, cost, blockTokens: defaultBlockTokens })
      const holders = holdersOf(
        makePlacement({ units: fabric.units, experts, layers: [0] }, (_, e) => [
          Math.floor((e * fabric.units) / experts)
        ]),
        0
      )
      const diesOf = (tokens: number): number => {
        const allocation = new Uint32Array(experts * fabric.units)
        const expertTokens = new Uint32Array(experts)
        expertTokens[experts >> 1] = tokens
        allocate(expertTokens, holders, allocation)
        return allocation.filter((count) => count > 0).length
      }
      // Small experts wait longer for the latency of a link, in proportion: Qwen3's come to 476.
      const worth = cost.fetchPs(0, 1) / cost.computePs(0, 1)
      assert.isTrue(worth > 455 && worth < 485, `${name}: ${worth}`)
      assert.deepStrictEqual([Math.floor(2 * worth), Math.ceil(2 * worth)].map(diesOf), [1, 2], name)
    }
  })
)

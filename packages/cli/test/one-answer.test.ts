/** One answer: `advise`, `place` and `simulate` take the same model of a step, so none of them contradicts another. */
import { inlineRunner, moeLayers, random } from "@moira/core"
import { nodePluginsFrom } from "@moira/core/node"
import moira from "@moira/placement/exporters/moira"
import { memoryStore, type TraceRequest } from "@moira/trace"
import { tinyModel } from "@moira/trace/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { advise, type AdviseOptions, place, storeTraffic, sweep } from "@moira/pipeline"

/** Nothing measures the evenness of the load here. */
const noBalance = () =>
  Effect.succeed({
    units: 4,
    samples: "requests" as const,
    method: "not measured",
    options: [],
    bound: 1,
    persistence: { stillHotShare: null, retained: null, retainedInOrder: null },
    layers: [],
    degenerateLayers: [],
    notMeasured: []
  })

const plugins = nodePluginsFrom({ app: import.meta.url })
const split = { heldOutShare: 0.5, seed: 1 }

/** Requests whose tokens choose expert `hot` with the chance given, and another one anywhere. */
const skewed = (count: number, chance: number, seed: number): ReadonlyArray<TraceRequest> => {
  const { below, uniform } = random(seed)
  return Array.from({ length: count }, (_, r) => {
    const [prefillTokens, decodeTokens] = [4 + below(4), 3 + below(4)]
    const rows = moeLayers(tinyModel).length * (prefillTokens + decodeTokens)
    const ids = new Uint16Array(2 * rows)
    for (let i = 0; i < rows; i++) {
      const first = uniform() < chance ? 3 : below(tinyModel.experts)
      ids[2 * i] = first
      ids[2 * i + 1] = (first + 1 + below(tinyModel.experts - 1)) % tinyModel.experts
    }
    return {
      benchmark: "b",
      subject: "s",
      language: "en",
      source: `${r}`,
      prefillTokens,
      decodeTokens,
      ids
    }
  })
}

const asked = { input: "t.moira", machine: [], traffic: [], isTrace: true }
const exact = (a: number, b: number, what: string) => assert.closeTo(a / b, 1, 1e-12, what)

describe("advise, place and simulate", () => {
  const cases = [
    { machine: "dgx-h100", units: 4, chance: 0.5, optimizer: "moira" },
    { machine: "dgx-h100x2", units: 16, chance: 0, optimizer: "eplb" },
    { machine: "gb200-nvl72", units: 6, chance: 0.8, optimizer: "dup" },
    { machine: "dojo", units: undefined, chance: 0.5, optimizer: "moira" },
    { machine: "tsmc-sow", units: undefined, chance: 0.2, optimizer: "eplb" }
  ] as const

  for (const [i, { machine, units, chance, optimizer }] of cases.entries()) {
    it.effect(
      `say the same on ${machine}${units === undefined ? "" : ` of ${units}`}, by ${optimizer}`,
      () =>
        Effect.gen(function* () {
          const sized = { machine, ...(units === undefined ? {} : { units }) }
          const [steps, seed, batches] = [3, 1, [8, 64, 1024]]
          const options: AdviseOptions = {
            ...sized,
            optimizer,
            batches,
            maxSlots: 1,
            steps,
            kvReserveShare: 0.3,
            seed,
            asked
          }
          const traffic = yield* storeTraffic("t.moira", { judge: "decode", ...split })
          const { advice } = yield* advise(options, traffic, noBalance)
          for (const { batchTokens, options: told } of advice.batches) {
            for (const slots of [0, 1]) {
              const what = `batch ${batchTokens}, ${slots} slots`
              const option = told.find((one) => one.layout !== "contiguous" && one.slots === slots)!
              const { document, files } = yield* place(
                {
                  ...sized,
                  optimizers: [optimizer],
                  exporters: [],
                  spare: { slots },
                  batchTokens,
                  steps,
                  deadUnits: [],
                  seed
                },
                traffic
              )
              exact(document.place.layouts[1]!.heldOut!.speedup, option.speedup, `place, ${what}`)
              const text = files.get(`${optimizer}/placement.json`)!
              const { runs } = yield* sweep({
                machines: [machine],
                ...(units === undefined ? {} : { units }),
                network: "bottleneck",
                strategies: ["ep"],
                placements: ["contiguous", { name: "placement.json", text }],
                batches: [batchTokens],
                steps,
                tokenTraffic: "modelled",
                seed
              })
              const [before, after] = runs.map(({ metrics }) => metrics["throughput_tokens_per_s"]!)
              exact(after! / before!, option.speedup, `simulate, ${what}`)
              assert.strictEqual(Math.sign(after! - before!), Math.sign(option.speedup - 1), what)
            }
          }
        }).pipe(
          Effect.provide(Layer.mergeAll(memoryStore(tinyModel, skewed(24, chance, i + 1)), inlineRunner, plugins))
        ),
      60_000
    )
  }

  it.effect("a placement file keeps which requests made it, so that others judge it", () =>
    Effect.gen(function* () {
      const physicalToLogical = moeLayers(tinyModel).map(() => Int32Array.from({ length: 12 }, (_, e) => e))
      const placedBy = { trace: "ab", heldOutShare: 0.25, seed: 7 }
      const shape = { units: 4, slotsPerUnit: 3, experts: 12, layers: moeLayers(tinyModel), physicalToLogical }
      const written = { ...shape, placedBy }
      const files = yield* moira.write(written, tinyModel)
      assert.deepStrictEqual(yield* moira.read(files, { model: tinyModel, units: 4 }), written)
      const [plain] = yield* moira.write(shape, tinyModel)
      assert.notInclude(plain!.text, "placed_by")
    })
  )
})

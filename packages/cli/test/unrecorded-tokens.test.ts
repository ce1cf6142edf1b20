/** Tokens that a recorder lost are neither free work nor tokens made: a trace with holes is as fast as one without. */
import { catalogue, inlineRunner, moeLayers, random } from "@moira/core"
import { nodePluginsFrom } from "@moira/core/node"
import { advise, buildMachines, offload, place, storeTraffic, sweep } from "@moira/pipeline"
import { memoryStore, missingExpert, type TraceRequest } from "@moira/trace"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"

const model = catalogue.find(({ id }) => id === "gpt-oss-20b")!
const layers = moeLayers(model).length
const { experts, topK } = model
const plugins = nodePluginsFrom({ app: import.meta.url })
const split = { heldOutShare: 0.5, seed: 1 }

/** 24 requests of 12 prompt and 40 decode tokens, low experts more popular. */
const recorded: ReadonlyArray<TraceRequest> = Array.from({ length: 24 }, (_, r) => {
  const { uniform } = random(r + 1)
  const rows = layers * 52
  const ids = new Uint16Array(rows * topK)
  for (let row = 0; row < rows; row++) {
    const chosen = new Set<number>()
    while (chosen.size < topK) chosen.add(Math.floor(experts * uniform() ** 2))
    ids.set([...chosen], row * topK)
  }
  const labels = { benchmark: "b", subject: "s", language: "en", source: `${r}` }
  return { ...labels, prefillTokens: 12, decodeTokens: 40, ids }
})

/** The same with every fourth decode token unrecorded, at all layers or at the last one only. */
const lost = (from: number) =>
  recorded.map((request) => {
    const ids = request.ids.slice()
    for (let layer = from; layer < layers; layer++)
      for (let token = 12; token < 52; token += 4)
        ids.fill(missingExpert, (layer * 52 + token) * topK, (layer * 52 + token + 1) * topK)
    return { ...request, ids }
  })

/** Tokens a second, tokens and the trace's warnings, by machine. */
const speeds = Effect.fnUntraced(
  function* (_requests: ReadonlyArray<TraceRequest>) {
    const found: Array<readonly [string, number, number, ReadonlyArray<string> | undefined]> = []
    for (const [machine, batch] of [
      ["dojo", 64],
      ["dgx-h100", 16]
    ] as const) {
      const { runs, input } = yield* sweep({
        machines: [machine],
        network: "bottleneck",
        strategies: ["base", "ep", "allo+pred"],
        batches: [batch],
        steps: 40,
        tokenTraffic: "modelled",
        seed: 1
      })
      for (const { metrics, strategy } of runs)
        found.push([
          `${machine}, ${strategy.name}`,
          metrics["throughput_tokens_per_s"]!,
          metrics["tokens"]!,
          input.warnings
        ])
    }
    const { machines } = yield* buildMachines([{ machine: "offload-pcie5" }])
    const caches = yield* offload({
      machines,
      policies: ["lru", "predicted"],
      caches: [{ text: "25%", share: 0.25 }],
      scope: "layer",
      prefetch: [0],
      prefetchFor: "layer",
      batches: [1],
      betweenPs: 0,
      seed: 1
    })
    for (const { metrics, strategy } of caches.offload.runs)
      found.push([strategy, metrics["throughput_tokens_per_s"]!, metrics["tokens"]!, caches.input.warnings])
    return found
  },
  (self, requests) => Effect.provide(self, Layer.mergeAll(memoryStore(model, requests), inlineRunner, plugins))
)

describe("drafted tokens", () => {
  it.effect("those that were rejected take time and are no tokens made", () =>
    Effect.gen(function* () {
      const runs = [
        { tokens: 12, phase: "prefill" },
        ...Array.from({ length: 10 }, () => [
          { tokens: 3, phase: "verified" },
          { tokens: 1, phase: "rejected" }
        ]).flat()
      ] as NonNullable<TraceRequest["runs"]>
      const [plain, drafted] = [
        yield* speeds(recorded),
        yield* speeds(recorded.map((request) => ({ ...request, runs })))
      ]
      for (const [i, [what, perSec, tokens, warnings]] of drafted.entries()) {
        assert.strictEqual(tokens, 0.75 * plain[i]![2], what)
        assert.closeTo(perSec / plain[i]![1], 0.75, 1e-12, what)
        assert.match(warnings!.join(), /240 of 960 decode tokens were drafted and rejected/)
      }
    })
  )
})

describe("unrecorded decode tokens", () => {
  for (const [name, from] of [
    ["at all layers", 0],
    ["at the last layer", layers - 1]
  ] as const)
    it.effect(
      `${name}: every fourth of them changes no speed by 3 %, on a wafer, a server and a host with offloading`,
      () =>
        Effect.gen(function* () {
          const [full, holes] = [yield* speeds(recorded), yield* speeds(lost(from))]
          assert.strictEqual(full.length, 8)
          for (const [i, [what, perSec, tokens, warnings]] of holes.entries()) {
            assert.closeTo(perSec / full[i]![1], 1, 0.03, what)
            assert.strictEqual(tokens, 0.75 * full[i]![2], what)
            assert.deepStrictEqual([full[i]![3], warnings?.length], [undefined, 1], what)
            const missing = 24 * 10 * topK * (layers - from)
            assert.include(warnings![0], missing.toLocaleString("en"))
            if (from === 0) assert.include(warnings![0], "240 of 960 decode tokens")
          }
        }),
      60_000
    )

  it.effect("place and advise judge on what was recorded, and say so", () =>
    Effect.gen(function* () {
      const setting = { machine: "dgx-h100", units: 8, seed: 1, steps: 8 }
      const asked = { input: "t.moira", machine: [], traffic: [], isTrace: true }
      const noBalance = () =>
        Effect.succeed({
          units: 8,
          samples: "requests" as const,
          method: "not measured",
          options: [],
          bound: 1,
          persistence: { stillHotShare: null, retained: null, retainedInOrder: null },
          layers: [],
          degenerateLayers: [],
          notMeasured: []
        })
      const judged = (requests: ReadonlyArray<TraceRequest>) =>
        Effect.gen(function* () {
          const traffic = yield* storeTraffic("t.moira", { ...split, judge: "decode" })
          const { document: placed } = yield* place(
            { ...setting, optimizers: ["eplb"], spare: { slots: 1 }, batchTokens: 256, deadUnits: [] },
            traffic
          )
          const advice = yield* advise(
            { ...setting, optimizer: "eplb", batches: [256], maxSlots: 1, kvReserveShare: 0.3, asked },
            traffic,
            noBalance
          )
          return { placed, advice }
        }).pipe(Effect.provide(Layer.mergeAll(memoryStore(model, requests), inlineRunner, plugins)))
      const [full, holes] = [yield* judged(recorded), yield* judged(lost(0))]
      const speedup = ({ placed, advice }: Effect.Success<ReturnType<typeof judged>>) => [
        placed.place.layouts[1]!.heldOut!.speedup,
        advice.advice.batches[0]!.options[2]!.speedup
      ]
      for (const [i, value] of speedup(holes).entries()) assert.closeTo(value / speedup(full)[i]!, 1, 0.03)
      for (const { input } of [holes.placed, holes.advice])
        assert.match("warnings" in input ? input.warnings.join() : "", /240 of 960 decode tokens/)
    })
  )
})

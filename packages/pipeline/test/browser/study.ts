/**
 * What a page computes of a trace in memory: patterns, placements and simulated decode steps, as the texts of their
 * documents. Nothing here reads a file, starts a thread or asks where it runs.
 */
import algorithm1 from "@moira/allocation/allocators/algorithm-1"
import balance from "@moira/allocation/allocators/balance"
import even from "@moira/allocation/allocators/even"
import fixed from "@moira/allocation/residencies/fixed"
import predicted from "@moira/allocation/residencies/predicted"
import retained from "@moira/allocation/residencies/retained"
import { Allocator, Residency } from "@moira/allocation"
import { expertParameters, findModel, version } from "@moira/core"
import flow from "@moira/hardware/networks/flow"
import { fabricOf, Hardware, loadMachine, Network } from "@moira/hardware"
import affinity from "@moira/placement/optimizers/affinity"
import contiguous from "@moira/placement/optimizers/contiguous"
import eplb from "@moira/placement/optimizers/eplb"
import moira from "@moira/placement/optimizers/moira"
import { makeScore, type PlacementInput, PlacementOptimizer } from "@moira/placement"
import { type AnalysisDocument, documentText, type SimulationDocument } from "@moira/results"
import { compareWithBase, loadKnowledge, loadWindow, simulate } from "@moira/simulator"
import { spatial } from "@moira/spatial"
import { temporal } from "@moira/temporal"
import { accumulate, memoryStore, traceContext, TraceStore } from "@moira/trace"
import { makeTwin, twinLanguages } from "@moira/twin"
import wafer from "@moira/wafer"
import { Effect, Layer } from "effect"
import { inputOf } from "../../src/document.ts"
import { storeTraffic } from "../../src/place/store.ts"

const [seed, heldOutShare, batchTokens] = [7, 0.5, 4096]
const model = findModel("deepseek-v2-lite")!

/** Requests of the model's twin, made where the study runs. */
const trace = Layer.unwrap(
  Effect.sync(() => {
    const twin = makeTwin({ model, prefillTokens: 12, decodeTokens: 8, seed, languages: twinLanguages })
    return memoryStore(
      model,
      Array.from({ length: 16 }, (_, index) => twin.request(index))
    )
  })
)

const analysis = Effect.gen(function* () {
  const context = yield* traceContext
  const options = { split: { seed, heldOutShare }, seed }
  const found = yield* accumulate({ temporal: temporal(context, options), spatial: spatial(context, options) })
  const document: AnalysisDocument = {
    schema: "moira-analysis/1",
    moira: version,
    input: inputOf(yield* TraceStore),
    seed,
    heldOutShare,
    ...found
  }
  return documentText(document)
})

/** Every expert's slot by each optimizer, and what requests that did not place say of it. */
const placement = Effect.gen(function* () {
  const traffic = yield* storeTraffic("memory", { fit: "prefill", judge: "decode", heldOutShare, seed })
  const fabric = fabricOf((yield* Hardware).machine)
  const expertBytes = expertParameters(model) * model.servingBytesPerWeight
  const input: PlacementInput = {
    model,
    layers: traffic.layers,
    fabric,
    expertBytes,
    spareSlots: 1,
    counts: traffic.fitted.counts,
    workloads: traffic.workloads,
    ...(yield* traffic.pairs!),
    batchTokens,
    seed
  }
  const score = makeScore({ fabric, model, expertBytes, batchTokens })
  const layouts = yield* Effect.forEach([contiguous, eplb, affinity, moira], (optimizer) =>
    Effect.map(optimizer.place(input), (layout) => ({
      optimizer: optimizer.id,
      slots: layout.physicalToLogical.map((slots) => [...slots]),
      ...score(layout, traffic.judged!.counts)
    }))
  )
  return JSON.stringify(layouts)
})

const strategies = [
  { strategy: "base", allocator: even, residency: fixed },
  { strategy: "moira", allocator: balance, residency: retained },
  { strategy: "allo+pred", allocator: algorithm1, residency: predicted }
]

const simulation = Effect.gen(function* () {
  const sizes = { batch: 64, steps: 4 }
  const decode = yield* loadWindow({ requests: sizes.batch, steps: sizes.steps })
  const window = { ...decode, knowledge: yield* loadKnowledge({ requests: sizes.batch }) }
  const runs = yield* Effect.forEach(strategies, ({ strategy, allocator, residency }) =>
    simulate(window, { ...sizes, strategy, tokenTraffic: "modelled", seed, verify: true }).pipe(
      Effect.provideService(PlacementOptimizer, contiguous),
      Effect.provideService(Allocator, allocator),
      Effect.provideService(Residency, residency)
    )
  )
  const document: SimulationDocument = {
    schema: "moira-simulation/1",
    moira: version,
    input: inputOf(yield* TraceStore),
    runs: compareWithBase(runs)
  }
  return documentText(document)
})

/** Texts of the three by name. */
export const study = Effect.all({ analysis, placement, simulation }).pipe(
  Effect.provideService(Network, flow),
  Effect.provideServiceEffect(Hardware, loadMachine(wafer, "dojo")),
  Effect.provide(trace)
)

/**
 * What a page computes of a trace in memory: patterns, placements, one simulated run and a comparison, as the texts of their
 * documents. Nothing here reads a file, starts a thread or asks where it runs.
 */
import { Allocator, Residency } from "@moira/allocation"
import algorithm1 from "@moira/allocation/allocators/algorithm-1"
import balance from "@moira/allocation/allocators/balance"
import even from "@moira/allocation/allocators/even"
import fixed from "@moira/allocation/residencies/fixed"
import predicted from "@moira/allocation/residencies/predicted"
import retained from "@moira/allocation/residencies/retained"
import { findModel, inlineRunner, tablePlugins } from "@moira/core"
import { Hardware, Network } from "@moira/hardware"
import flow from "@moira/hardware/networks/flow"
import { analyse, place, simulate, storeTraffic, sweep } from "@moira/pipeline"
import { PlacementOptimizer } from "@moira/placement"
import moiraFiles from "@moira/placement/exporters/moira"
import affinity from "@moira/placement/optimizers/affinity"
import contiguous from "@moira/placement/optimizers/contiguous"
import eplb from "@moira/placement/optimizers/eplb"
import moira from "@moira/placement/optimizers/moira"
import { documentText } from "@moira/results"
import alloPred from "@moira/simulator/strategies/allo+pred"
import base from "@moira/simulator/strategies/base"
import ownStrategy from "@moira/simulator/strategies/moira"
import { spatial } from "@moira/spatial"
import { temporal } from "@moira/temporal"
import { memoryStore } from "@moira/trace"
import { makeTwin, twinLanguages } from "@moira/twin"
import wafer from "@moira/wafer"
import { Effect, Layer } from "effect"

const [seed, heldOutShare] = [7, 0.5]
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

/** What the page brought along: nothing can be found later. */
const plugins = tablePlugins({
  hardware: { wafer },
  network: { flow },
  optimizer: { affinity, contiguous, eplb, moira },
  exporter: { moira: moiraFiles },
  allocator: { "algorithm-1": algorithm1, balance, even },
  residency: { fixed, predicted, retained },
  strategy: { "allo+pred": alloPred, base, moira: ownStrategy }
})

const analysis = Effect.map(analyse({ analyses: [temporal, spatial], heldOutShare, seed }), ([patterns]) =>
  documentText(patterns)
)

const placement = Effect.gen(function* () {
  const traffic = yield* storeTraffic("memory", { fit: "prefill", judge: "decode", heldOutShare, seed })
  const { document, files } = yield* place(
    {
      machine: "dojo",
      optimizers: ["contiguous", "eplb", "affinity", "moira"],
      exporters: [],
      spare: { slots: 1 },
      batchTokens: 4096,
      deadUnits: [],
      seed
    },
    traffic
  )
  return JSON.stringify([document, [...files]])
})

/** By services, as a page swaps one stage. */
const run = Effect.map(simulate({ batch: 64, steps: 4, seed }), documentText).pipe(
  Effect.provide([
    Hardware.machine("dojo"),
    Network.named("flow"),
    PlacementOptimizer.layer(moira),
    Allocator.named("balance"),
    Residency.named("retained")
  ])
)

/** By names, as a page compares. */
const comparison = Effect.map(
  sweep({
    machines: ["dojo", "tsmc-sow"],
    network: "flow",
    strategies: ["base", "moira", "allo+pred"],
    batches: [64],
    steps: 4,
    tokenTraffic: "modelled",
    seed,
    verify: true
  }),
  documentText
)

/** Texts of the four by name. */
export const study = Effect.all({ analysis, placement, run, comparison }).pipe(
  Effect.provide(trace),
  Effect.provide([plugins, inlineRunner])
)

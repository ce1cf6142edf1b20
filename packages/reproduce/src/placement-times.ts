/** Case study 2: how long a batch's experts take under placements, token by token, without the network between GPUs. */
import { greatestOf } from "@moira/core/statistics"
import { costModel, type Fabric, unitTime, holdersOf, type Placement } from "@moira/hardware"
import atHome from "@moira/allocation/allocators/at-home"
import { defaultBlockTokens, type Knowledge } from "@moira/allocation"
import { optimizerKind, shapeOf } from "@moira/placement"
import {
  type Batch,
  countExpertTokens,
  decodeCounts,
  type DecodeWindow,
  loadKnowledge,
  loadWindow,
  makeBatch,
  placeByPrompts
} from "@moira/simulator"
import { expertFlopPerToken, expertParameters, loadPlugin, Progress } from "@moira/core"
import { storeLayer } from "@moira/trace/node"
import { Effect } from "effect"
import { sizedMachine } from "@moira/pipeline"
import type { StoreAt } from "./bench.ts"

/** A layout of the comparison: optimizers, of which the fastest counts, with so many spare slots a GPU. */
export interface Contender {
  readonly name: string
  readonly optimizers: ReadonlyArray<string>
  readonly spareSlots: number
  /** Placed by the decode steps that it is judged on instead of by the prompts. */
  readonly oracle?: boolean
}

export interface PlacementTime {
  readonly units: number
  readonly batch: number
  readonly name: string
  /** The slowest GPU of each layer step, summed over all. */
  readonly timePs: number
  /** Slowest over fastest GPU of a layer step, averaged over layer steps. */
  readonly maxOverMin: number
  /** Slowest over fastest GPU by the time of all its layer steps together. */
  readonly totalMaxOverMin: number
}

/** Experts and tokens of each unit in one layer step's allocation. */
const stepLoads = (allocation: Uint32Array, units: number, touched: Uint32Array, choices: Uint32Array): void => {
  touched.fill(0)
  choices.fill(0)
  for (let at = 0; at < allocation.length; at++) {
    if (allocation[at] === 0) continue
    touched[at % units]!++
    choices[at % units]! += allocation[at]!
  }
}

/** Time of a batch's layer steps under a placement, copies sharing tokens evenly as under `at-home`; a hot loop over steps, layers and experts. */
const timeOf = (batch: Batch, steps: number, placement: Placement, fabric: Fabric) => {
  const { model, layers } = batch.window
  const expertBytes = expertParameters(model) * model.servingBytesPerWeight
  const time = unitTime(fabric, shapeOf({ model, expertBytes }))
  const holders = layers.map((_, l) => holdersOf(placement, l))
  const share = atHome.prepare({
    fabric,
    experts: model.experts,
    cost: costModel(fabric, expertBytes, expertFlopPerToken(model)),
    blockTokens: defaultBlockTokens
  })
  const requests = new Uint32Array(model.experts)
  const allocation = new Uint32Array(model.experts * fabric.units)
  const touched = new Uint32Array(fabric.units)
  const choices = new Uint32Array(fabric.units)
  const unitPs = new Float64Array(fabric.units)
  let [timePs, ratios, layerSteps] = [0, 0, 0]
  for (let step = 0; step < Math.min(steps, batch.window.steps); step++) {
    for (let l = 0; l < layers.length; l++) {
      countExpertTokens(batch, l, step, requests)
      allocation.fill(0)
      share(requests, holders[l]!, allocation)
      stepLoads(allocation, fabric.units, touched, choices)
      let [slowest, fastest] = [0, Infinity]
      for (let u = 0; u < fabric.units; u++) {
        const ps = time(u, touched[u]!, choices[u]!)
        unitPs[u]! += ps
        slowest = Math.max(slowest, ps)
        fastest = Math.min(fastest, ps)
      }
      timePs += slowest
      // A GPU without a token takes no time at all, which has no ratio: such a layer step is left out.
      if (fastest > 0) {
        ratios += slowest / fastest
        layerSteps++
      }
    }
  }
  const [most, least] = [unitPs.reduce((a, b) => Math.max(a, b)), unitPs.reduce((a, b) => Math.min(a, b))]
  return {
    timePs,
    maxOverMin: layerSteps === 0 ? 1 : ratios / layerSteps,
    totalMaxOverMin: least > 0 ? most / least : 1
  }
}

/** The window with the batch's decode steps in place of its prompts. */
const knowingAll = (
  window: DecodeWindow & { readonly knowledge: Knowledge },
  batch: number,
  steps: number
): DecodeWindow => {
  const prefillCounts = decodeCounts(window, batch, steps).map((counts) => Uint32Array.from(counts))
  return { ...window, knowledge: { ...window.knowledge, prefillCounts } }
}

export interface PlacementStudy {
  readonly machine: string
  readonly units: ReadonlyArray<number>
  readonly batches: ReadonlyArray<number>
  readonly contenders: ReadonlyArray<Contender>
  readonly steps: number
  readonly seed: number
}

/** Prompts place, the decode steps of the same requests judge; oracles look at the decode steps. */
export const placementTimes = Effect.fn("reproduce.placementTimes")(function* (store: StoreAt, study: PlacementStudy) {
  const { machine, batches, contenders, steps, seed } = study
  const read = Effect.gen(function* () {
    const requests = greatestOf(batches)
    const window = yield* loadWindow({ requests, steps })
    return { ...window, knowledge: yield* loadKnowledge({ requests }) } satisfies DecodeWindow
  })
  const window = yield* read.pipe(Effect.provide(storeLayer(store.directory)))
  const report = yield* Progress
  const results: Array<PlacementTime> = []
  let done = 0
  for (const units of study.units) {
    const { fabric } = yield* sizedMachine({ machine, units })
    for (const size of batches) {
      const batch = makeBatch(window, size)
      const knowing = knowingAll(window, size, steps)
      for (const { name, optimizers, spareSlots, oracle } of contenders) {
        const times: Array<ReturnType<typeof timeOf>> = []
        for (const optimizer of optimizers) {
          const { plugin } = yield* loadPlugin(optimizerKind, optimizer)
          const by = oracle === true ? knowing : window
          const placement = yield* placeByPrompts(plugin, by, fabric, { batch: size, steps, spareSlots, seed })
          times.push(timeOf(batch, steps, placement, fabric))
          yield* Effect.yieldNow
        }
        const fastest = times.reduce((a, b) => (b.timePs < a.timePs ? b : a))
        results.push({ units, batch: size, name, ...fastest })
      }
      report({ stage: "place and time", done: ++done, total: study.units.length * batches.length, unit: "batches" })
    }
  }
  return results
})

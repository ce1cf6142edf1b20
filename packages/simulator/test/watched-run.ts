/** A strategy's run on a small machine of which every layer step is kept: what tests of conservation look at. */
import { allocatorKind, Allocator, Residency, residencyKind, type ResidencyPolicy } from "@moira/allocation"
import { expertParameters, given, type Loaded, loadPlugin, random } from "@moira/core"
import { nodePlugins } from "@moira/core/node"
import { makeModel } from "@moira/core/testing"
import {
  barrierEngine,
  type Demand,
  type Fabric,
  fabricOf,
  Hardware,
  type Holders,
  type LayerWork,
  load,
  Network,
  type NetworkModel,
  sharedEngine
} from "@moira/hardware"
import { meshFabric, ring } from "@moira/hardware/testing"
import { optimizerKind, PlacementOptimizer } from "@moira/placement"
import type { RunResult } from "@moira/results"
import { memoryStore, type TraceRequest } from "@moira/trace"
import { Effect, Layer } from "effect"
import { simulate } from "../src/run/simulate.ts"
import type { Strategy } from "../src/strategy.ts"
import { loadKnowledge } from "../src/window/knowledge.ts"
import { type DecodeWindow, loadWindow } from "../src/window/window.ts"

/** 3 MoE layers; a read takes 3 us of a memory, a token 22 ns: small batches are bound by reading, large ones by arithmetic. */
export const model = makeModel({
  layers: 4,
  moe: { first: 1, last: 3, every: 1 },
  experts: 32,
  topK: 4,
  hidden: 2048,
  expertFfn: 1408
})
const layers = 3
export const expertBytes = expertParameters(model) * model.servingBytesPerWeight

/** Requests that like experts of low ids, and stop after one to six tokens. */
const requests = (count: number): ReadonlyArray<TraceRequest> => {
  const { below, uniform } = random(7)
  return Array.from({ length: count }, (_, r) => {
    const [prefillTokens, decodeTokens] = [1 + below(5), r === 0 ? 6 : 1 + below(6)]
    const rows = layers * (prefillTokens + decodeTokens)
    const ids = new Uint16Array(rows * model.topK)
    for (let row = 0; row < rows; row++) {
      const chosen = new Set<number>()
      while (chosen.size < model.topK) chosen.add(Math.floor(model.experts * uniform() ** 1.4))
      ids.set([...chosen], row * model.topK)
    }
    const labels = { benchmark: "b", subject: "s", language: "en", source: `${r}` }
    return { ...labels, prefillTokens, decodeTokens, ids }
  })
}

export const readWindow: Effect.Effect<DecodeWindow> = Effect.gen(function* () {
  const decode = yield* loadWindow({ requests: 40, steps: 6 })
  return { ...decode, knowledge: yield* loadKnowledge({ requests: 40 }) }
}).pipe(Effect.provide(memoryStore(model, requests(40))), Effect.orDie)

/** Units whose memories have room for `spare` experts a layer beside two at home; decisions take what a wafer's controller takes. */
const made = (columns: number, rows: number, spare: number): Fabric => {
  const { machine } = meshFabric(columns, rows, { llc: { bytes: 2.5 * expertBytes, hitPs: 100_000, missPs: 110_000 } })
  const home = Math.ceil(model.experts / (columns * rows))
  return fabricOf({
    ...machine,
    nodes: machine.nodes.map((node) => ({
      ...node,
      memory: { ...node.memory!, capacityBytes: layers * (home + spare) * expertBytes }
    })),
    controllers: { cp: { basePs: 1_600_000, cyclePs: 333 } }
  })
}

const exchanging = (fabric: Fabric): Fabric => {
  const longest = (copies: ArrayLike<number>, bytes: number) =>
    3_000_000 + Array.from(copies).reduce((a, b) => a + b, 0) * bytes
  return fabricOf({ ...fabric.machine, exchange: () => ({ dispatchPs: longest, combinePs: longest }) })
}

export const machines: Readonly<Record<string, Fabric>> = {
  "a wafer with much room": made(5, 5, 20),
  "a wafer with little room": made(5, 5, 1),
  "barriers with much room": exchanging(made(4, 2, 20)),
  "barriers with little room": exchanging(made(4, 2, 1))
}

/** One layer step: its work with the demands it makes, and who held what before and after it. */
export interface WatchedStep {
  readonly layerIndex: number
  readonly step: number
  readonly work: LayerWork
  readonly demand: Demand
  readonly before: Holders
  readonly after: Holders
}

const copyHolders = ({ start, unit }: Holders): Holders => ({ start: start.slice(), unit: unit.slice() })

export interface WatchedRun {
  readonly result: RunResult
  readonly steps: ReadonlyArray<WatchedStep>
}

export const watch = Effect.fnUntraced(function* (
  window: DecodeWindow,
  { plugin: strategy, module }: Loaded<Strategy>,
  fabric: Fabric,
  network: NetworkModel,
  batch: number
) {
  const steps: Array<WatchedStep> = []
  let at: Omit<WatchedStep, "work" | "demand"> | undefined
  const watched = (policy: ResidencyPolicy): ResidencyPolicy => ({
    ...policy,
    prepare: (setup) => {
      const own = policy.prepare(setup)
      return {
        ...own,
        after: (layerIndex, step, work) => {
          const before = copyHolders(own.holders(layerIndex))
          own.after(layerIndex, step, work)
          at = { layerIndex, step, before, after: copyHolders(own.holders(layerIndex)) }
        }
      }
    }
  })
  const hardware = Effect.map(load(ring, ring.machines["ring-8"]), (built) => ({
    ...built,
    machine: fabric.machine,
    engine: (...parts: Parameters<typeof sharedEngine>) => {
      const own = fabric.machine.exchange === undefined ? sharedEngine(...parts) : barrierEngine(parts[0], parts[1])
      return {
        demand: own.demand,
        step: (work: LayerWork) => {
          const timePs = own.step(work)
          steps.push({ ...at!, work: structuredClone(work), demand: structuredClone(own.demand) })
          return timePs
        }
      }
    }
  }))
  const { plugin: optimizer } = yield* loadPlugin(optimizerKind, strategy.placement, module)
  const { plugin: allocator } = yield* loadPlugin(allocatorKind, strategy.allocator, module)
  const { plugin: residency } = yield* loadPlugin(residencyKind, strategy.residency ?? "fixed", module)
  const options = given({ decides: strategy.decides, taskOrder: strategy.taskOrder })
  const result = yield* simulate(window, { batch, steps: 6, kvReserveShare: 0, verify: true, ...options }).pipe(
    Effect.provide([
      Layer.effect(Hardware, hardware),
      Network.layer(network),
      PlacementOptimizer.layer(optimizer),
      Allocator.layer(allocator),
      Residency.layer(watched(residency))
    ])
  )
  return { result, steps } satisfies WatchedRun
}, Effect.provide(nodePlugins))

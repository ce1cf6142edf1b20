/** The simulation itself: decode steps of one batch through every MoE layer of one machine. Pure and synchronous. */
import {
  bottleneck,
  clearWork,
  type Controller,
  costModel,
  type Demand,
  type Engine,
  type Fabric,
  makeWork,
  type NetworkModel
} from "@moira/hardware"
import { type AllocationPolicy, defaultBlockTokens, type Residency } from "@moira/placement"
import { expertFlopPerToken, expertParameters, type Model } from "@moira/trace"
import { aliveTokens, type Batch, countRequests } from "./batch.ts"
import { makeLowerBound } from "./lower-bound.ts"
import { makeMostTokensFirst } from "./task-order.ts"
import { makeTaskFiller } from "./tasks.ts"
import { makeTokenTraffic } from "./token-traffic.ts"

export interface BatchParts {
  readonly fabric: Fabric
  readonly engine: (fabric: Fabric, network: NetworkModel) => Engine
  readonly network: NetworkModel
  readonly residency: Residency
  readonly allocator: AllocationPolicy
  /** What an allocator that decides takes before each layer step; nothing when left out. */
  readonly controller?: Controller
}

export interface BatchOptions {
  readonly steps: number
  readonly tokenTraffic: "modelled" | "ignored"
  readonly bytesPerWeight: number
  /** Told of every layer step: makespan of the network model, without decisions, and of the closed form. */
  readonly verify?: (layerIndex: number, step: number, timePs: number, closedPs: number) => void
}

/** Sums over all layer steps of a run. Bytes and hops are exact below 2^53. */
export interface BatchTotals {
  readonly layerSteps: number
  readonly tokens: number
  readonly timePs: number
  readonly lowerBoundPs: number
  /** Part of `timePs`: waiting for decisions. */
  readonly decisionPs: number
  /** Sum over layer steps of mean / max tokens a unit computes. */
  readonly balance: number
  readonly hops: number
  readonly byteHops: number
  readonly localReadBytes: number
  readonly remoteReadBytes: number
  readonly localWriteBytes: number
  readonly tokenHops: number
  readonly tokenBytes: number
  readonly layerTimePs: Float64Array
  readonly stepTimePs: Float64Array
  readonly stepTokens: Float64Array
  readonly unitComputePs: Float64Array
  readonly linkBytes: Float64Array
}

type Sums = { -readonly [K in keyof BatchTotals]: BatchTotals[K] }

const emptySums = (fabric: Fabric, layers: number, steps: number): Sums => ({
  layerSteps: 0,
  tokens: 0,
  timePs: 0,
  lowerBoundPs: 0,
  decisionPs: 0,
  balance: 0,
  hops: 0,
  byteHops: 0,
  localReadBytes: 0,
  remoteReadBytes: 0,
  localWriteBytes: 0,
  tokenHops: 0,
  tokenBytes: 0,
  layerTimePs: new Float64Array(layers),
  stepTimePs: new Float64Array(steps),
  stepTokens: new Float64Array(steps),
  unitComputePs: new Float64Array(fabric.units),
  linkBytes: new Float64Array(fabric.linkBytesPerSec.length)
})

/** Adds one layer step's counters to the sums; a hot loop, no allocation. */
const addDemand = (sums: Sums, demand: Demand): void => {
  sums.hops += demand.hops
  sums.byteHops += demand.byteHops
  sums.localReadBytes += demand.localReadBytes
  sums.remoteReadBytes += demand.remoteReadBytes
  sums.localWriteBytes += demand.localWriteBytes
  sums.tokenHops += demand.tokenHops
  sums.tokenBytes += demand.tokenBytes
  for (let i = 0; i < demand.linkBytes.length; i++) sums.linkBytes[i]! += demand.linkBytes[i]!
  let most = 0
  let all = 0
  for (let u = 0; u < demand.tokens.length; u++) {
    sums.unitComputePs[u]! += demand.computePs[u]!
    most = Math.max(most, demand.tokens[u]!)
    all += demand.tokens[u]!
  }
  if (most > 0) sums.balance += all / demand.tokens.length / most
}

/** Bytes of one activation element: fp8 where the model is served in fp8, else 16 bits; results return in 16 bits. */
const dispatchBytes = (model: Model): number => (model.servingBytesPerWeight === 1 ? 1 : 2)

const decisionTime = (controller: Controller | undefined, experts: number): number =>
  controller === undefined ? 0 : Math.ceil(controller.basePs + controller.perExpertPs * experts)

/** Runs decode steps until `options.steps` or until no request is alive. Layers are in time order inside a step. */
export const simulateBatch = (batch: Batch, parts: BatchParts, options: BatchOptions): BatchTotals => {
  const { fabric, residency, allocator } = parts
  const { model, layers } = batch.window
  const { experts } = model
  const weightBytes = expertParameters(model) * options.bytesPerWeight
  const flopPerToken = expertFlopPerToken(model)
  const work = makeWork({
    units: fabric.units,
    experts,
    weightBytes,
    flopPerToken,
    dispatchBytesPerToken: model.hidden * dispatchBytes(model),
    combineBytesPerToken: model.hidden * 2
  })
  const engine = parts.engine(fabric, parts.network)
  const cost = costModel(fabric, weightBytes, flopPerToken)
  const allocate = allocator.prepare({ fabric, experts, cost, blockTokens: defaultBlockTokens })
  const fillTasks = makeTaskFiller(fabric, experts)
  const reorder = allocator.taskOrder === "most-tokens-first" ? makeMostTokensFirst(work.expert.length) : undefined
  const countTokens = makeTokenTraffic(batch, fabric.units)
  const closedForm = bottleneck.prepare(fabric)
  const lowerBound = makeLowerBound(fabric, parts.network, weightBytes, flopPerToken)
  const requests = new Uint32Array(experts)
  const allocation = new Uint32Array(experts * fabric.units)
  const steps = Math.min(options.steps, batch.window.steps)
  const decisionPs = allocator.decides === true ? decisionTime(parts.controller, experts) : 0
  const sums = emptySums(fabric, layers.length, steps)

  for (let step = 0; step < steps; step++) {
    const tokens = aliveTokens(batch, step)
    if (tokens === 0) break
    sums.tokens += tokens
    sums.stepTokens[step] = tokens
    for (let layerIndex = 0; layerIndex < layers.length; layerIndex++) {
      countRequests(batch, layerIndex, step, requests)
      allocation.fill(0)
      const holders = residency.holders(layerIndex)
      allocate(requests, holders, allocation)
      clearWork(work)
      fillTasks(allocation, holders, work)
      reorder?.(work)
      if (options.tokenTraffic === "modelled") countTokens(allocation, layerIndex, step, work)
      residency.after(layerIndex, step, work)
      const makespanPs = engine.step(work)
      options.verify?.(layerIndex, step, makespanPs, closedForm(work, engine.demand))
      const timePs = decisionPs + makespanPs
      addDemand(sums, engine.demand)
      sums.layerSteps++
      sums.timePs += timePs
      sums.decisionPs += decisionPs
      sums.lowerBoundPs += lowerBound(requests)
      sums.layerTimePs[layerIndex]! += timePs
      sums.stepTimePs[step]! += timePs
    }
  }
  return sums
}

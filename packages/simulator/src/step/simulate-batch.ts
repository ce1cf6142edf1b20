/** The simulation itself: decode steps of one batch through every MoE layer of one machine. Pure and synchronous. */
import bottleneck from "@moira/hardware/networks/bottleneck"
import {
  clearWork,
  type Controller,
  costModel,
  type Demand,
  dispatchBytesPerElement,
  type Engine,
  type Fabric,
  makeWork,
  type NetworkModel,
  type Holders
} from "@moira/hardware"
import { type AllocationPolicy, defaultBlockTokens, type PreparedResidency, tokensFault } from "@moira/allocation"
import { expertFlopPerToken, expertParameters, expertWidth } from "@moira/core"
import { tokenCounter } from "../tokens/index.ts"
import { aliveTokens, type Batch, madeTokens } from "../window/batch.ts"
import { type Binds, emptyBinds, makeBinds } from "./binds.ts"
import { makeFirstReads } from "./first-reads.ts"
import { makeInFlight } from "./in-flight.ts"
import { makeLlc } from "./llc.ts"
import { makeLowerBound } from "./lower-bound.ts"
import { type Plan, wholePlan } from "./plan.ts"
import { makeTaskOrder } from "./task-order.ts"
import { makeTaskFiller } from "./tasks.ts"

export interface BatchParts {
  readonly fabric: Fabric
  readonly engine: (fabric: Fabric, network: NetworkModel) => Engine
  readonly network: NetworkModel
  readonly residency: PreparedResidency
  /** Who holds experts for good, by layer index; what `residency` says at each step when left out. */
  readonly homes?: ReadonlyArray<Holders>
  readonly allocator: AllocationPolicy
  /** Who counts the tokens of layer steps; the fastest there is when left out. */
  readonly counter?: typeof tokenCounter
  /** Told which layer step begins. */
  readonly begin?: (layerIndex: number, step: number) => void
  /** Who decides for an allocator that looks at the requests; deciding is free when left out. */
  readonly controller?: Controller
}

export interface BatchOptions {
  readonly steps: number
  readonly tokenTraffic: "modelled" | "ignored"
  readonly bytesPerWeight: number
  /** Requests of one expert that an allocator hands out at a time; the study's 50 when left out. */
  readonly blockTokens?: number
  /** When the decision is waited for, where the allocator decides something: as it says when left out. */
  readonly decides?: AllocationPolicy["decides"]
  /** Order of a unit's tasks; the allocator's when left out. */
  readonly taskOrder?: AllocationPolicy["taskOrder"]
  /** Steps that run before the first one that counts, so that copies and caches are as in the middle of a decode; none when left out. */
  readonly warmUpSteps?: number
  /** Which of these layers and steps run, and how many each stands for; all when left out. */
  readonly plan?: Plan
  /** Told of the time of every layer step that counts, in the order of the plan's steps and, in a step, of its layers. */
  readonly timed?: (timePs: number) => void
  /** Told of every layer step: makespan of the network model, without decisions, and of the closed form. */
  readonly verify?: (layerIndex: number, step: number, timePs: number, closedPs: number) => void
}

/** Sums over all layer steps of a run, each as often as the plan says. Bytes and hops are exact below 2^53. */
export interface BatchTotals {
  readonly layerSteps: number
  readonly plan: Plan
  /** Tokens made: drafts that were rejected are work, but not among them. */
  readonly tokens: number
  /** FLOP of the experts of all tokens. */
  readonly flop: number
  readonly timePs: number
  readonly lowerBoundPs: number
  /** Spent deciding; part of `timePs` where the allocator decides before each step. */
  readonly decisionPs: number
  /** Sum over layer steps of mean / max tokens a unit computes. */
  readonly balance: number
  readonly hops: number
  readonly byteHops: number
  readonly localReadBytes: number
  readonly remoteReadBytes: number
  readonly localWriteBytes: number
  /** Weights found in last-level caches. */
  readonly cachedBytes: number
  /** Read from other units only to be kept; part of remote reads. */
  readonly copyBytes: number
  /** Copies of experts at the end, a layer and unit, beside the first of each. */
  readonly copiesHeld: number
  /** Most experts that a unit had under way from others at one time, in bytes. */
  readonly inFlightBytes: number
  readonly binds: Binds
  readonly tokenHops: number
  readonly tokenBytes: number
  /** By layer of the window, over the steps that it counts in, and how many these stand for. */
  readonly layerTimePs: Float64Array
  readonly layerCounts: Uint32Array
  /** By step of the plan: of all layers, and tokens made. */
  readonly stepTimePs: Float64Array
  readonly stepTokens: Float64Array
  readonly unitComputePs: Float64Array
  readonly linkBytes: Float64Array
}

type Sums = { -readonly [K in keyof BatchTotals]: BatchTotals[K] }

const emptySums = (fabric: Fabric, layers: number, plan: Plan): Sums => ({
  layerSteps: 0,
  plan,
  tokens: 0,
  flop: 0,
  timePs: 0,
  lowerBoundPs: 0,
  decisionPs: 0,
  balance: 0,
  hops: 0,
  byteHops: 0,
  localReadBytes: 0,
  remoteReadBytes: 0,
  localWriteBytes: 0,
  cachedBytes: 0,
  copyBytes: 0,
  copiesHeld: 0,
  inFlightBytes: 0,
  binds: emptyBinds(fabric),
  tokenHops: 0,
  tokenBytes: 0,
  layerTimePs: new Float64Array(layers),
  layerCounts: new Uint32Array(layers),
  stepTimePs: new Float64Array(plan.steps.length),
  stepTokens: new Float64Array(plan.steps.length),
  unitComputePs: new Float64Array(fabric.units),
  linkBytes: new Float64Array(fabric.linkBytesPerSec.length)
})

/** Adds one layer step's counters to the sums, `weight` times; a hot loop, no allocation. */
const addDemand = (sums: Sums, demand: Demand, flopPerToken: number, weight: number): void => {
  sums.hops += weight * demand.hops
  sums.byteHops += weight * demand.byteHops
  sums.localReadBytes += weight * demand.localReadBytes
  sums.remoteReadBytes += weight * demand.remoteReadBytes
  sums.localWriteBytes += weight * demand.localWriteBytes
  sums.cachedBytes += weight * demand.cachedBytes
  sums.copyBytes += weight * demand.copyBytes
  sums.tokenHops += weight * demand.tokenHops
  sums.tokenBytes += weight * demand.tokenBytes
  for (let i = 0; i < demand.linkBytes.length; i++) sums.linkBytes[i]! += weight * demand.linkBytes[i]!
  let most = 0
  let all = 0
  for (let u = 0; u < demand.tokens.length; u++) {
    sums.unitComputePs[u]! += weight * demand.computePs[u]!
    most = Math.max(most, demand.tokens[u]!)
    all += demand.tokens[u]!
  }
  sums.flop += weight * all * flopPerToken
  if (most > 0) sums.balance += weight * (all / demand.tokens.length / most)
}

/** What one layer step's decision takes, whole picoseconds; nothing where nobody decides. */
const decisionTime = (controller: Controller | undefined, cycles: number): number =>
  controller === undefined ? 0 : Math.ceil(controller.basePs + controller.cyclePs * cycles)

/** Copies of an expert beside the first of each, over all layers. */
const heldCopies = (residency: PreparedResidency, layers: Plan["layers"], experts: number): number => {
  let copies = 0
  for (const { index, weight } of layers) copies += weight * (residency.holders(index).start[experts]! - experts)
  return copies
}

/** Runs decode steps until `options.steps` or until no request is alive, or those of a plan. Layers are in time order inside a step. */
export const simulateBatch = (batch: Batch, parts: BatchParts, options: BatchOptions): BatchTotals => {
  const { fabric, residency, allocator } = parts
  const { model, layers } = batch.window
  const { experts } = model
  const weightBytes = expertParameters(model) * options.bytesPerWeight
  const flopPerToken = expertFlopPerToken(model)
  const work = makeWork({
    units: fabric.units,
    ...(fabric.machine.exchange === undefined ? {} : { servers: fabric.servers }),
    experts,
    weightBytes,
    flopPerToken,
    dispatchBytesPerToken: expertWidth(model) * dispatchBytesPerElement(fabric.machine, model.servingBytesPerWeight),
    combineBytesPerToken: expertWidth(model) * 2
  })
  const engine = parts.engine(fabric, parts.network)
  const cost = costModel(fabric, weightBytes, flopPerToken)
  const { blockTokens = defaultBlockTokens } = options
  const controller = allocator.decides === undefined ? undefined : parts.controller
  const meanwhile = controller !== undefined && (options.decides ?? allocator.decides) === "meanwhile"
  const decider = controller === undefined ? {} : { controller }
  const allocate = allocator.prepare({ fabric, experts, cost, blockTokens, ...decider })
  const fillTasks = makeTaskFiller(fabric, experts)
  const mostTokensFirst = (options.taskOrder ?? allocator.taskOrder) === "most-tokens-first"
  const reorder = mostTokensFirst || meanwhile ? makeTaskOrder(work.expert.length, mostTokensFirst) : undefined
  const markFirstReads = makeFirstReads(fabric.units, experts)
  const { counter = tokenCounter } = parts
  const tokens = counter(batch, fabric, work.serverCopies !== undefined)
  const closedForm = bottleneck.prepare(fabric)
  const lowerBound = makeLowerBound(fabric, parts.network, { experts, weightBytes, flopPerToken })
  const expertTokens = new Uint32Array(experts)
  const allocation = new Uint32Array(experts * fabric.units)
  const { plan = wholePlan(batch, options.steps, options.warmUpSteps) } = options
  const share = (plan.steps[0]?.layers.length ?? 0) / layers.length
  const llc = makeLlc(fabric, { layers: layers.length, experts, weightBytes, share })
  const sums = emptySums(fabric, layers.length, plan)
  const addBinds = makeBinds(fabric, sums.binds)
  const inFlight = makeInFlight(fabric)

  /** One layer step; its time in whole picoseconds, added `weight` times, or never where that is 0. Hot. */
  const layerStep = (layerIndex: number, step: number, weight: number): number => {
    parts.begin?.(layerIndex, step)
    tokens.count(layerIndex, step, expertTokens)
    allocation.fill(0)
    const holders = residency.holders(layerIndex)
    const homes = parts.homes?.[layerIndex] ?? holders
    const cycles = allocate(expertTokens, holders, allocation, homes)
    const decisionPs = cycles === undefined ? 0 : decisionTime(controller, cycles)
    clearWork(work)
    const wrong = fillTasks(expertTokens, allocation, holders, work)
    if (wrong >= 0)
      throw tokensFault(allocator, `layer ${layers[layerIndex]}, step ${step}`, wrong, { expertTokens, allocation })
    if (options.tokenTraffic === "modelled") tokens.deal(work)
    if (meanwhile) {
      markFirstReads(expertTokens, homes, work)
      work.decidedPs = decisionPs
    }
    reorder?.(work)
    llc?.look(layerIndex, work)
    residency.after(layerIndex, step, work)
    const makespanPs = engine.step(work)
    options.verify?.(layerIndex, step, makespanPs, closedForm(work, engine.demand))
    const timePs = meanwhile ? makespanPs : decisionPs + makespanPs
    if (weight === 0) return timePs
    addDemand(sums, engine.demand, flopPerToken, weight)
    addBinds(work, engine.demand, { timePs, decisionPs, meanwhile, weight })
    sums.inFlightBytes = Math.max(sums.inFlightBytes, inFlight(work))
    sums.layerSteps += weight
    sums.timePs += weight * timePs
    sums.decisionPs += weight * decisionPs
    sums.lowerBoundPs += weight * lowerBound(expertTokens, work)
    options.timed?.(timePs)
    return timePs
  }

  for (const step of plan.warmUp) for (const { index } of plan.layers) layerStep(index, step, 0)
  for (const [t, { index: step, weight, layers: chosen }] of plan.steps.entries()) {
    const made = madeTokens(batch, step, aliveTokens(batch, step))
    sums.tokens += weight * made
    sums.stepTokens[t] = made
    for (const layer of chosen) {
      const timePs = layerStep(layer.index, step, layer.weight * weight)
      sums.layerTimePs[layer.index]! += weight * timePs
      sums.layerCounts[layer.index]! += weight
      sums.stepTimePs[t]! += layer.weight * timePs
    }
  }
  sums.copiesHeld = heldCopies(residency, plan.layers, experts) / (layers.length * fabric.units)
  return sums
}

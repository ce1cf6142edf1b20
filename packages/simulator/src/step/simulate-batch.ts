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
  /** Told of every layer step: makespan of the network model, without decisions, and of the closed form. */
  readonly verify?: (layerIndex: number, step: number, timePs: number, closedPs: number) => void
}

/** Sums over all layer steps of a run. Bytes and hops are exact below 2^53. */
export interface BatchTotals {
  readonly layerSteps: number
  /** The first decode step that counts: those before it warmed up. */
  readonly firstStep: number
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
  readonly layerTimePs: Float64Array
  readonly stepTimePs: Float64Array
  readonly stepTokens: Float64Array
  readonly unitComputePs: Float64Array
  readonly linkBytes: Float64Array
}

type Sums = { -readonly [K in keyof BatchTotals]: BatchTotals[K] }

const emptySums = (fabric: Fabric, layers: number, steps: number): Sums => ({
  layerSteps: 0,
  firstStep: 0,
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
  stepTimePs: new Float64Array(steps),
  stepTokens: new Float64Array(steps),
  unitComputePs: new Float64Array(fabric.units),
  linkBytes: new Float64Array(fabric.linkBytesPerSec.length)
})

/** Adds one layer step's counters to the sums; a hot loop, no allocation. */
const addDemand = (sums: Sums, demand: Demand, flopPerToken: number): void => {
  sums.hops += demand.hops
  sums.byteHops += demand.byteHops
  sums.localReadBytes += demand.localReadBytes
  sums.remoteReadBytes += demand.remoteReadBytes
  sums.localWriteBytes += demand.localWriteBytes
  sums.cachedBytes += demand.cachedBytes
  sums.copyBytes += demand.copyBytes
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
  sums.flop += all * flopPerToken
  if (most > 0) sums.balance += all / demand.tokens.length / most
}

/** What one layer step's decision takes, whole picoseconds; nothing where nobody decides. */
const decisionTime = (controller: Controller | undefined, cycles: number): number =>
  controller === undefined ? 0 : Math.ceil(controller.basePs + controller.cyclePs * cycles)

/** Copies of an expert beside the first of each, over all layers. */
const heldCopies = (residency: PreparedResidency, layers: number, experts: number): number => {
  let copies = 0
  for (let l = 0; l < layers; l++) copies += residency.holders(l).start[experts]! - experts
  return copies
}

/** Runs decode steps until `options.steps` or until no request is alive. Layers are in time order inside a step. */
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
  const llc = makeLlc(fabric, { layers: layers.length, experts, weightBytes })
  const tokens = tokenCounter(batch, fabric, work.serverCopies !== undefined)
  const closedForm = bottleneck.prepare(fabric)
  const lowerBound = makeLowerBound(fabric, parts.network, { experts, weightBytes, flopPerToken })
  const expertTokens = new Uint32Array(experts)
  const allocation = new Uint32Array(experts * fabric.units)
  const { warmUpSteps: firstStep = 0 } = options
  const steps = Math.max(0, Math.min(options.steps, batch.window.steps - firstStep))
  const sums: Sums = { ...emptySums(fabric, layers.length, steps), firstStep }
  const addBinds = makeBinds(fabric, sums.binds)
  const inFlight = makeInFlight(fabric)

  for (let step = 0; step < firstStep + steps; step++) {
    const alive = aliveTokens(batch, step)
    if (alive === 0) break
    const counts = step >= firstStep
    if (counts) {
      const made = madeTokens(batch, step, alive)
      sums.tokens += made
      sums.stepTokens[step - firstStep] = made
    }
    for (let layerIndex = 0; layerIndex < layers.length; layerIndex++) {
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
      if (!counts) continue
      const timePs = meanwhile ? makespanPs : decisionPs + makespanPs
      addDemand(sums, engine.demand, flopPerToken)
      addBinds(work, engine.demand, { timePs, decisionPs, meanwhile })
      sums.inFlightBytes = Math.max(sums.inFlightBytes, inFlight(work))
      sums.layerSteps++
      sums.timePs += timePs
      sums.decisionPs += decisionPs
      sums.lowerBoundPs += lowerBound(expertTokens, work)
      sums.layerTimePs[layerIndex]! += timePs
      sums.stepTimePs[step - firstStep]! += timePs
    }
  }
  sums.copiesHeld = heldCopies(residency, layers.length, experts) / (layers.length * fabric.units)
  return sums
}

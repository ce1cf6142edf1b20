/** Simulates one experiment point with the services that are provided: swapping a stage is swapping a layer. */
import { Effect, Option } from "effect"
import {
  costModel,
  fabricOf,
  Hardware,
  type Machine,
  Network,
  type NetworkModel,
  withTolerance,
  summariseMachine,
  holdersOf,
  type Placement
} from "@moira/hardware"
import fixed from "@moira/allocation/residencies/fixed"
import { type AllocationPolicy, Allocator, Residency } from "@moira/allocation"
import { PlacementOptimizer } from "@moira/placement"
import { expertFlopPerToken, expertParameters, formatCount, given, withPluginFaults } from "@moira/core"
import type { Split } from "@moira/core/statistics"
import { type RunResult } from "@moira/results"
import { aliveTokens, makeBatch } from "../window/batch.ts"
import { noKnowledge } from "../window/knowledge.ts"
import { placeByPrompts } from "./place.ts"
import { refuseMachine, refusePlacement } from "./refuse.ts"
import { checkSample, keeperOf, type Sample, samplePlan, sampleSummary, sampleWarnings } from "./sample.ts"
import { checkedStages } from "../step/checked-stages.ts"
import { keepsAcrossSteps } from "../step/llc.ts"
import { checkLimits, spareCopies } from "../step/residency.ts"
import { allowedCopies, residencyWarnings } from "../step/residency-needs.ts"
import { busiestOf, runMetrics, runSeries } from "./run-result.ts"
import { wholePlan } from "../step/plan.ts"
import { energyGap, inFlightGap, runWarnings } from "./warnings.ts"
import { simulateBatch } from "../step/simulate-batch.ts"
import { type DecodeWindow, SimulationError } from "../window/window.ts"

export interface SimulateOptions {
  /** Name of the strategy in results; the placement's and allocator's ids when left out. */
  readonly strategy?: string
  readonly batch: number
  readonly steps: number
  readonly tokenTraffic?: "modelled" | "ignored"
  /** Bytes of one weight for traffic; the model's serving format when left out. */
  readonly bytesPerWeight?: number
  /** Requests of one expert that an allocator hands out at a time; 50, as in the study, when left out. */
  readonly blockTokens?: number
  /** Decode steps that run first and do not count, so that copies and caches are as in the middle of a decode; none when left out. */
  readonly warmUpSteps?: number
  /** When the allocator's decision is waited for, and the order of a unit's tasks; the allocator's own when left out. */
  readonly decides?: NonNullable<AllocationPolicy["decides"]>
  readonly taskOrder?: NonNullable<AllocationPolicy["taskOrder"]>
  /** Share of each unit's memory that is kept for the KV cache, beside what the machine reserves; {@link defaultKvReserveShare} when left out. */
  readonly kvReserveShare?: number
  /** Copies of one layer that may be made ahead on a unit, at most; the residency's own limit when left out. */
  readonly maxCopies?: number
  /** Slots a unit beyond the even share of experts, which the optimizer may fill with copies; none when left out. */
  readonly spareSlots?: number
  /** Where experts lie, instead of where the optimizer would put them, and what it is called in results. */
  readonly placement?: { readonly name: string; readonly layout: Placement }
  /** Who decides where work goes: a controller of the machine by name; its usual one when left out. */
  readonly controller?: string
  /** Runs the closed form beside the network model and fails where the model is faster, which nothing can be. */
  readonly verify?: boolean
  /**
   * Simulates so many layers and decode steps, evenly drawn by the seed, and says how far off its estimates may be; all when left out. Steps
   * are left out only where allocator and residency are `stateless` and no cache could keep an expert: else all steps of the drawn layers run.
   */
  readonly sample?: Sample
  /**
   * How far a layer step's time may be from exact, as a share of it, of a network model that takes a tolerance; 0, exact, when
   * left out.
   */
  readonly flowTolerance?: number
  /** Seed of every draw; recorded, so that a run can be repeated. */
  readonly seed?: number
  /** Which split of the trace held the window's requests out; all requests of the trace may be in it when left out. */
  readonly heldOut?: Split
}

/** Of each unit's memory, for the KV cache: copies of experts get what is left. A model that fits without it still fits. */
export const defaultKvReserveShare = 0.3

/** Beyond it completions fall together that have little to do with each other. */
const maxTolerance = 0.01

const positive = (name: string, value: number, example = 4096) =>
  Number.isSafeInteger(value) && value > 0
    ? Effect.void
    : Effect.fail(
        new SimulationError({
          reason: "BadOption",
          where: `--${name} ${value}`,
          what: "not a whole number above 0",
          hint: `for example --${name} ${example}`
        })
      )

const badWeight = (bytes: number) =>
  new SimulationError({
    reason: "BadOption",
    where: `bytesPerWeight ${bytes}`,
    what: "not a number above 0",
    hint: "for example 2 for 16-bit weights"
  })

const badReserve = (share: number) =>
  new SimulationError({
    reason: "BadOption",
    where: `--kv-reserve ${share}`,
    what: "not a share of memory, from 0 to less than 1",
    hint: `for example --kv-reserve ${defaultKvReserveShare}`
  })

/** The network model with the tolerance asked for. */
const tolerant = Effect.fnUntraced(function* (network: NetworkModel, tolerance = 0) {
  const where = `--flow-tolerance ${tolerance}`
  if (!(tolerance >= 0 && tolerance <= maxTolerance)) {
    return yield* new SimulationError({
      reason: "BadOption",
      where,
      what: `not a share of a layer step, from 0 to ${maxTolerance}`,
      hint: "for example --flow-tolerance 2e-4"
    })
  }
  if (tolerance === 0) return network
  if (network.takesTolerance === true) return withTolerance(network, tolerance)
  return yield* new SimulationError({
    reason: "BadOption",
    where,
    what: `network ${network.id} takes no tolerance: its times are what they are`,
    hint: "leave it out, or name a network that takes one, such as --network flow"
  })
})

const disagreement = (network: string, faults: ReadonlyArray<string>) =>
  new SimulationError({
    reason: "Disagreement",
    where: `network ${network}, ${faults[0]}`,
    what: `faster than the closed form in ${formatCount(faults.length)} layer steps`,
    hint: "the network model is wrong: test it against `bottleneck`, a lower bound of all of them"
  })

const endless = (machine: string, timePs: number) =>
  new SimulationError({
    reason: "BadMachine",
    where: `machine ${machine}`,
    what: `${timePs} ps are beyond what is counted in whole picoseconds (2^53, two and a half hours)`,
    hint: "a link, memory or unit of it is far too slow, or the run too long: give fewer steps"
  })

const noneMade = (steps: number) =>
  new SimulationError({
    reason: "NoDecodeTokens",
    where: `--steps ${steps}`,
    what: "every token of these steps was drafted and rejected: none is made",
    hint: "simulate more steps, or a larger batch"
  })

const tooWarm = (warmUpSteps: number) =>
  new SimulationError({
    reason: "BadOption",
    where: `--warm-up ${warmUpSteps}`,
    what: "no request of the batch decodes for longer: nothing is left to count",
    hint: "warm up for fewer steps"
  })

/** The controller asked for, as part of the batch's parts; nothing where the machine has none. */
const controllerOf = Effect.fnUntraced(function* ({ controllers = {} }: Machine, name?: string) {
  const controller = name === undefined ? Object.values(controllers)[0] : controllers[name]
  if (name !== undefined && (controller === undefined || !Object.hasOwn(controllers, name))) {
    const known = Object.keys(controllers)
    return yield* new SimulationError({
      reason: "BadOption",
      where: `--controller ${name}`,
      what: "the machine has no such controller",
      hint: known.length === 0 ? "its decisions are free: leave the option out" : `known are ${known.join(", ")}`
    })
  }
  return controller === undefined ? {} : { controller }
})

/**
 * One run over a window that {@link loadWindow} read; needs the machine, network, optimizer and allocator.
 * Nothing is copied unless a residency policy is provided.
 */
export const simulate = Effect.fn("simulator.simulate")(function* (window: DecodeWindow, options: SimulateOptions) {
  const hardware = yield* Hardware
  const network = yield* tolerant(yield* Network, options.flowTolerance)
  const optimizer = yield* PlacementOptimizer
  const allocator = yield* Allocator
  const policy = Option.getOrElse(yield* Effect.serviceOption(Residency), () => fixed)
  yield* positive("batch", options.batch)
  yield* positive("steps", options.steps)
  if (options.blockTokens !== undefined) yield* positive("block-tokens", options.blockTokens, 50)
  if (options.warmUpSteps !== undefined) yield* positive("warm-up", options.warmUpSteps, 4)
  const { sample } = options
  if (sample !== undefined) yield* checkSample(sample)
  const { model, layers } = window
  const bytesPerWeight = options.bytesPerWeight ?? model.servingBytesPerWeight
  if (!Number.isFinite(bytesPerWeight) || bytesPerWeight <= 0) return yield* badWeight(bytesPerWeight)
  yield* refuseMachine(hardware.machineName, hardware.machine, hardware.plugin)
  yield* checkLimits(policy, model, layers.length)
  const fabric = fabricOf(hardware.machine)
  const expertBytes = expertParameters(model) * model.servingBytesPerWeight
  const placed = options.placement?.name ?? optimizer.id
  const placement = options.placement?.layout ?? (yield* placeByPrompts(optimizer, window, fabric, options))
  yield* refusePlacement(placed, placement, { model, layers, fabric, expertBytes })
  const homes = layers.map((_, layerIndex) => holdersOf(placement, layerIndex))
  const stages = checkedStages(layers, fabric, { hardware, network, policy, allocator })
  const { kvReserveShare = defaultKvReserveShare } = options
  if (!(kvReserveShare >= 0 && kvReserveShare < 1)) return yield* badReserve(kvReserveShare)
  const fit = spareCopies(fabric, homes, { expertBytes, experts: model.experts }, kvReserveShare)
  const residency = yield* withPluginFaults(() =>
    stages.residency({
      fabric,
      experts: model.experts,
      homes,
      spareCopies: allowedCopies(policy, fit, model.experts),
      cost: costModel(fabric, expertParameters(model) * bytesPerWeight, expertFlopPerToken(model)),
      ...given({ maxCopies: options.maxCopies }),
      knowledge: window.knowledge ?? noKnowledge(model, layers.length)
    })
  )
  const controller = yield* controllerOf(hardware.machine, options.controller)
  const tokenTraffic = options.tokenTraffic ?? "modelled"
  const batch = makeBatch(window, options.batch)
  const { engine, network: timed, allocator: allocates, begin } = stages
  const parts = { fabric, engine, network: timed, residency, homes, allocator: allocates, begin, ...controller }
  const { warmUpSteps } = options
  if (warmUpSteps !== undefined && (warmUpSteps >= window.steps || aliveTokens(batch, warmUpSteps) === 0))
    return yield* tooWarm(warmUpSteps)
  const unusual = given({ blockTokens: options.blockTokens, warmUpSteps })
  const decides = allocator.decides === undefined ? undefined : (options.decides ?? allocator.decides)
  const taskOrder = options.taskOrder ?? allocator.taskOrder ?? "expert"
  const faults: Array<string> = []
  const verify = (layerIndex: number, step: number, timePs: number, closedPs: number) => {
    // Rounding to whole picoseconds may differ by one.
    if (timePs + 1 < closedPs)
      faults.push(`layer ${layers[layerIndex]}, step ${step}: ${timePs} ps below ${closedPs} ps`)
  }
  const whole = wholePlan(batch, options.steps, warmUpSteps)
  const weightBytes = expertParameters(model) * bytesPerWeight
  const keeper = keeperOf([allocator, policy], keepsAcrossSteps(fabric, weightBytes, layers.length))
  const plan = sample === undefined ? whole : samplePlan(whole, sample, keeper, options.seed ?? 1)
  const times: Array<number> = []
  const totals = yield* withPluginFaults(() =>
    simulateBatch(batch, parts, {
      plan,
      ...(sample === undefined ? {} : { timed: (timePs: number) => times.push(timePs) }),
      steps: options.steps,
      tokenTraffic,
      bytesPerWeight,
      taskOrder,
      ...given({ decides, verify: options.verify === true ? verify : undefined }),
      ...unusual
    })
  )
  const written = stages.machineFault()
  if (written !== undefined) return yield* written
  if (faults.length > 0) return yield* disagreement(network.id, faults)
  if (!Number.isSafeInteger(totals.timePs)) return yield* endless(hardware.machineName, totals.timePs)
  if (totals.tokens === 0) return yield* noneMade(options.steps)
  const sampled = sample === undefined ? undefined : sampleSummary(totals, times)
  const result: RunResult = {
    machine: summariseMachine(hardware, fabric),
    strategy: {
      name: options.strategy ?? `${placed}+${allocator.id}`,
      placement: placed,
      allocator: allocator.id,
      residency: policy.id,
      decides: decides ?? "never",
      taskOrder
    },
    network: network.id,
    ...given({ flowTolerance: options.flowTolerance === 0 ? undefined : options.flowTolerance }),
    batch: options.batch,
    steps: totals.layerSteps / layers.length,
    tokenTraffic,
    controller: options.controller ?? Object.keys(hardware.machine.controllers ?? {})[0] ?? null,
    bytesPerWeight,
    ...unusual,
    kvReserveShare,
    ...given({ maxCopies: options.maxCopies }),
    seed: options.seed ?? 1,
    ...given({ heldOut: options.heldOut, sample: sampled }),
    metrics: runMetrics(totals, fabric),
    busiest: busiestOf(totals),
    ...runSeries(totals, fabric, layers),
    warnings: [
      ...runWarnings(window, options, totals.layerSteps / layers.length),
      ...sampleWarnings(sampled, sample, keeper),
      ...residencyWarnings(policy, fit, window.knowledge),
      ...inFlightGap(totals.inFlightBytes, fit, expertBytes, layers.length),
      ...energyGap(hardware.machine)
    ]
  }
  return result
})

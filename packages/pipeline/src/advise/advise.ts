/** "Should I enable balancing?" of a trace or of counts, by the steps that `place` judges and `simulate` runs. */
import { greatestOf } from "@moira/core/statistics"
import { formatBytes, formatCount, listReferences, Progress, referenceOf, version } from "@moira/core"
import type { Groups } from "@moira/core/statistics"
import type { NamedMachine } from "../machine/find.ts"
import { type BuiltHardware, type Placement, summariseMachine } from "@moira/hardware"
import { optimizerKind, type PlacementPolicy } from "@moira/placement"
import contiguous from "@moira/placement/optimizers/contiguous"
import type { Advice, AdviceDocument, AdviceOption, BalanceEvidence, Made } from "@moira/results"
import { Effect, Result } from "effect"
import { sizedMachine } from "../machine/sized.ts"
import { type KnownInput, placeInputs } from "../place/inputs.ts"
import { fewestGroups, judgingSteps, speedupIntervals, stepRuns } from "../place/judging.ts"
import { placeBy } from "../place/layouts.ts"
import { usualSteps } from "../place/step-times.ts"
import { type HeldOut, judgeWarnings, PlaceError, type PlaceTraffic, zeroLayers } from "../place/traffic.ts"
import { longestPart } from "./binds.ts"
import { commandsFor, enginesFor } from "./commands.ts"
import { copyMemory, doesNotFit, fewestUnits, slotCounts } from "./memory.ts"
import type { AdviseOptions } from "./options.ts"
import { nothingJudges, oneUnit } from "./refuse.ts"
import { adviceSentence } from "./sentence.ts"
import { concludeBatch, leadingBatch, leadingOption, overall } from "./verdict.ts"

/** Everything that layouts of one batch are made and judged from. */
interface Case {
  readonly input: KnownInput
  readonly hardware: BuiltHardware
  readonly named: NamedMachine
  readonly policy: PlacementPolicy
  readonly traffic: PlaceTraffic
  readonly heldOut: HeldOut
  readonly steps: number
  readonly slots: ReadonlyArray<number>
}

/** The metrics that an option tells, where the simulator has them. */
const toldMetrics =
  /^(throughput_tokens_per_s|balancedness|lower_bound_ratio|unit_busy|link_utilisation|bound_\w+_share)$/

/** The contiguous layout, then one for each number of slots. */
const layoutsFor = Effect.fnUntraced(function* ({ input, named, policy, traffic, slots }: Case) {
  const layouts: Array<Placement> = [yield* contiguous.place({ ...input, spareSlots: 0 })]
  for (const spareSlots of slots) layouts.push(yield* placeBy(policy, { ...input, spareSlots }, traffic, named))
  return layouts
})

/** Layouts of one batch, timed on the same steps. */
const timedOptions = Effect.fn("pipeline.timedOptions")(function* (of: Case) {
  const { input, hardware, named, traffic, heldOut, steps, slots } = of
  const { batchTokens, seed, layers, expertBytes } = input
  const layouts = yield* layoutsFor(of)
  const { window, groups, again } = yield* judgingSteps(traffic, heldOut, { batchTokens, steps, seed })
  const runs = yield* stepRuns(window, layouts, { hardware, named, batchTokens, steps })
  const speedups = runs.map(({ layerTimePs }) => runs[0]!.layerTimePs / layerTimePs)
  const intervals =
    again === undefined ? undefined : yield* speedupIntervals(again, layouts, speedups, { hardware, named })
  const options = runs.map(({ layerTimePs, metrics }, i): AdviceOption => {
    const extra = i === 0 ? 0 : slots[i - 1]!
    const told = Object.fromEntries(Object.entries(metrics).filter(([id]) => toldMetrics.test(id)))
    return {
      layout: i === 0 ? "contiguous" : extra === 0 ? "rearranged" : "replicated",
      slots: extra,
      speedup: speedups[i]!,
      interval: i === 0 ? null : (intervals?.[i] ?? null),
      layerTimePs,
      metrics: told,
      binds: longestPart({ metrics: told }),
      bytesPerUnit: extra * layers.length * expertBytes
    }
  })
  return { options, layouts, groups, steps: runs[0]!.steps, warnings: runs[0]!.warnings }
})

/** Numbers of units that a hint tries: a cluster may take whole servers only. */
const unitsTried = 72

/** A number of units from `least` on that the machine can have. */
const possibleUnits = Effect.fnUntraced(function* (options: AdviseOptions, least: number) {
  for (let units = least; units < least + unitsTried; units++)
    if (Result.isSuccess(yield* Effect.result(sizedMachine({ ...options, units })))) return units
  return undefined
})

const memoryOf = Effect.fnUntraced(function* (options: AdviseOptions, input: KnownInput) {
  const { model, layers, expertBytes, fabric } = input
  const { kvReserveShare, maxSlots } = options
  const shape = { title: model.title, experts: model.experts, layers: layers.length }
  const of = { ...shape, fabric, expertBytes, kvReserveShare, maxSlots }
  const memory = copyMemory(of)
  if (memory !== undefined) return memory
  const least = fewestUnits(of)
  return yield* doesNotFit(of, least === undefined ? undefined : yield* possibleUnits(options, least))
})

/** What the memory leaves out of what was asked for, or what there is no use for. */
const memoryWarnings = (memory: Advice["memory"], expertBytes: number): ReadonlyArray<string> => {
  const { slotsAsked, slotsConsidered, copiesBytes, expertsBytes, kvReserveBytes } = memory
  if (slotsConsidered === slotsAsked) return []
  const isFull = copiesBytes < (slotsConsidered + 1) * expertBytes
  const why = isFull
    ? `no more fit beside the experts (${formatBytes(expertsBytes)} of each unit) and the KV cache (${formatBytes(kvReserveBytes)}); --kv-reserve says how much it keeps`
    : "every unit holds every expert then"
  return [`of ${slotsAsked} spare slots a unit that were asked for ${slotsConsidered} are considered: ${why}`]
}

/** What a reader might look for in vain. */
const notMeasured = (groups: number, samples: string): Advice["notMeasured"] => [
  {
    what: "attention and the rest of a token's way",
    why: "only MoE layers are timed: their share of a step scales the gain down"
  },
  {
    what: "moving experts to their places",
    why: "it happens before serving; `moira rebalance` and `place --migration` weigh it"
  },
  ...(groups >= fewestGroups
    ? []
    : [{ what: "intervals", why: `${groups} judging ${samples} are fewer than ${fewestGroups}: give more of them` }])
]

/** Sizes of the evidence on balance. */
export interface BalanceSize {
  readonly units: number
  readonly maxSlots: number
}

/**
 * The advice for every batch asked for, placed and judged over the `Runner` where one is provided: the same for any. `balance` measures how even the load is, from the same traffic.
 */
export const advise = Effect.fn("pipeline.advise")(function* <E, R>(
  options: AdviseOptions,
  traffic: PlaceTraffic,
  balance: (size: BalanceSize) => Effect.Effect<BalanceEvidence, E, R>
) {
  const { batches, optimizer, steps = usualSteps, seed, asked } = options
  const report = yield* Progress
  const { heldOut } = traffic
  if (heldOut === undefined) return yield* nothingJudges(asked.input)
  const [first] = batches
  if (first === undefined)
    return yield* new PlaceError({
      reason: "BadOption",
      where: "--batch",
      what: "no batch",
      hint: "for example --batch 4096"
    })
  const placing = { ...options, optimizers: [optimizer], spare: { slots: 0 }, batchTokens: first, deadUnits: [] }
  const { input, named, hardware, fabric, optimizers } = yield* placeInputs(placing, traffic)
  if (fabric.units < 2) return yield* oneUnit(hardware.machineName)
  const memory = yield* memoryOf(options, input)
  const policy = optimizers[0]!
  const base = { hardware, named, policy, traffic, heldOut, steps, slots: slotCounts(memory.slotsConsidered) }
  const timed: Array<Effect.Success<ReturnType<typeof timedOptions>> & { readonly batchTokens: number }> = []
  for (const [i, batchTokens] of batches.entries()) {
    report({ stage: "advise", done: i, total: batches.length, unit: "batches" })
    timed.push({ ...(yield* timedOptions({ ...base, input: { ...input, batchTokens } })), batchTokens })
  }
  const concluded = timed.map(({ batchTokens, options: of }) => concludeBatch(batchTokens, of))
  const lead = leadingBatch(concluded)
  const { layouts, groups } = timed[concluded.indexOf(lead)]!
  const chosen = leadingOption(lead)
  const { together, window } = heldOut
  const ofCounts = window === undefined && heldOut.groups !== undefined ? "steps" : "requests"
  const ofTrace = (requests: Groups) => (requests.count < requests.of.length ? "groups" : "requests")
  const samples = together === undefined ? ofCounts : ofTrace(together)
  const document: Made<AdviceDocument> = {
    schema: "moira-advice/2",
    moira: version,
    plugins: listReferences([hardware.reference, referenceOf(optimizerKind, policy)]),
    input: traffic.input,
    seed,
    advice: {
      machine: summariseMachine(hardware, fabric),
      units: fabric.units,
      optimizer: policy.id,
      verdict: overall(concluded),
      sentence: adviceSentence(concluded),
      batches: concluded,
      fittedOn: traffic.train.on,
      judgedOn: heldOut.on,
      samples,
      groups,
      steps: greatestOf(timed.map((of) => of.steps)),
      memory,
      commands: commandsFor(options, { batchTokens: lead.batchTokens, slots: chosen.slots, optimizer: policy.id }),
      engines: yield* enginesFor(
        layouts[lead.options.indexOf(chosen)]!,
        traffic.train.counts,
        traffic.model,
        policy.id
      ),
      balance: yield* balance({ units: fabric.units, maxSlots: memory.slotsConsidered }),
      warnings: [
        ...traffic.warnings,
        ...judgeWarnings(heldOut),
        ...zeroLayers(traffic.layers, heldOut),
        ...memoryWarnings(memory, traffic.layers.length * input.expertBytes),
        ...timed.flatMap(({ batchTokens, warnings }) =>
          warnings.map((text) => `batch ${formatCount(batchTokens)}: ${text}`)
        )
      ],
      notMeasured: notMeasured(groups, samples)
    }
  }
  return document
})

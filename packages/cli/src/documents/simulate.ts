/** The flags of `moira simulate` and `moira offload` as experiment documents. */
import { given } from "@moira/core"
import { type ExperimentDocument, usual } from "@moira/pipeline"
import { Option } from "effect"
import type { OffloadFlags } from "../flags/offload.ts"
import { bytesOfWeight } from "../flags/weights.ts"
import { few, field, listed, machinePart, type MachineFlagValues, seedPart, unless, valueOf } from "./parts.ts"

interface SharedFlags extends MachineFlagValues {
  readonly machine: ReadonlyArray<string>
  readonly strategy: Option.Option<ReadonlyArray<string>>
  readonly batch: Option.Option<ReadonlyArray<number>>
  readonly steps: Option.Option<number>
  readonly bytesPerWeight: Option.Option<string>
  readonly seed: number
}

export interface SimulateFlags extends SharedFlags {
  readonly network: string
  readonly flowTolerance: Option.Option<number>
  readonly controller: Option.Option<string>
  readonly tokenTraffic: "modelled" | "ignored"
  readonly blockTokens: Option.Option<number>
  readonly warmUp: Option.Option<number>
  readonly sample: Option.Option<{ readonly layers: number; readonly steps: number }>
  readonly verify: boolean
  readonly placement: Option.Option<ReadonlyArray<string>>
  readonly slots: Option.Option<number>
  readonly allRequests: boolean
  readonly baseline: Option.Option<string>
  readonly kvReserve: Option.Option<number>
  readonly copies: Option.Option<number>
  readonly allocator: Option.Option<string>
}

type Simulate = Extract<ExperimentDocument, { readonly run: "simulate" }>
type Offload = Extract<ExperimentDocument, { readonly run: "offload" }>

const weight = (text: Option.Option<string>) => Option.getOrUndefined(Option.map(text, bytesOfWeight))

/** A placement by the name of an optimizer, or a file's. */
const placementOf = (name: string) => (/\.(json|ya?ml)$/.test(name) ? { file: name } : name)

const networkOf = ({ network, flowTolerance }: SimulateFlags) => {
  const tolerance = valueOf(flowTolerance)
  if (tolerance !== undefined) return { use: network, tolerance }
  return unless<string>(usual.simulate.network, network)
}

export const simulateDocument = (store: string, flags: SimulateFlags): Simulate => ({
  schema: "moira-experiment/1",
  run: "simulate",
  trace: { store },
  machine: machinePart(flags.machine, flags),
  ...field(
    "stages",
    given({
      strategy: listed(flags.strategy),
      optimizer: Option.getOrUndefined(Option.map(flags.placement, (names) => few(names.map(placementOf)))),
      allocator: valueOf(flags.allocator),
      network: networkOf(flags)
    })
  ),
  ...field(
    "options",
    given({
      batch: listed(flags.batch),
      steps: valueOf(flags.steps),
      sample: valueOf(flags.sample),
      tokenTraffic: flags.tokenTraffic === "modelled" ? undefined : flags.tokenTraffic,
      bytesPerWeight: weight(flags.bytesPerWeight),
      blockTokens: valueOf(flags.blockTokens),
      warmUpSteps: valueOf(flags.warmUp),
      controller: valueOf(flags.controller),
      baseline: valueOf(flags.baseline),
      kvReserveShare: valueOf(flags.kvReserve),
      maxCopies: valueOf(flags.copies),
      spareSlots: valueOf(flags.slots),
      requests: flags.allRequests ? ("all" as const) : undefined,
      verify: flags.verify ? true : undefined
    })
  ),
  ...seedPart(flags.seed)
})

export const offloadDocument = (store: string, flags: SharedFlags & OffloadFlags): Offload => ({
  schema: "moira-experiment/1",
  run: "offload",
  trace: { store },
  machine: machinePart(flags.machine, flags),
  ...field(
    "stages",
    given({
      cache: listed(flags.strategy),
      predictor: valueOf(flags.predictor),
      prefetchPredictor: valueOf(flags.prefetchPredictor)
    })
  ),
  ...field(
    "options",
    given({
      cacheSize: listed(flags.cache),
      scope: valueOf(flags.cacheScope),
      prefetch: listed(flags.prefetch),
      prefetchFor: valueOf(flags.prefetchFor),
      batch: listed(flags.batch),
      betweenUs: valueOf(flags.betweenUs),
      bytesPerWeight: weight(flags.bytesPerWeight),
      requests: valueOf(flags.requests),
      steps: valueOf(flags.steps)
    })
  ),
  ...seedPart(flags.seed)
})

/** The flags of `moira place` and `moira advise` as experiment documents. */
import { given } from "@moira/core"
import { type ExperimentDocument, usual } from "@moira/pipeline"
import { Option } from "effect"
import type { phases, TrafficFlags } from "../flags/traffic.ts"
import {
  few,
  field,
  machinePart,
  type MachineFlagValues,
  seedPart,
  tracePart,
  trafficPart,
  unless,
  valueOf
} from "./parts.ts"

export interface PlaceFlags extends TrafficFlags, MachineFlagValues {
  readonly machine: string
  readonly slots: number
  readonly redundant: Option.Option<number>
  readonly optimizer: ReadonlyArray<string>
  readonly export: Option.Option<ReadonlyArray<string>>
  readonly present: Option.Option<string>
  readonly migration: Option.Option<number>
  readonly batch: number
  readonly steps: Option.Option<number>
  readonly dead: Option.Option<ReadonlyArray<number>>
  readonly out: Option.Option<string>
}

const fewOf = <A>(list: ReadonlyArray<A> | undefined) => (list === undefined ? undefined : few(list))

type Place = Extract<ExperimentDocument, { readonly run: "place" }>
type Advise = Extract<ExperimentDocument, { readonly run: "advise" }>

export const placeDocument = (input: string, flags: PlaceFlags): Place => ({
  schema: "moira-experiment/1",
  run: "place",
  trace: tracePart(input),
  machine: machinePart([flags.machine], flags),
  ...field(
    "stages",
    given({
      optimizer: fewOf(unless(usual.place.optimizers, flags.optimizer)),
      // Files of layouts go below a folder: without one there are none.
      exporter: Option.isNone(flags.out) ? undefined : Option.getOrElse(flags.export, () => [])
    })
  ),
  ...field("options", {
    ...trafficPart(flags),
    ...given({
      slots: Option.isSome(flags.redundant) ? undefined : unless(usual.place.slots, flags.slots),
      redundant: valueOf(flags.redundant),
      batch: unless(usual.place.batch, flags.batch),
      steps: valueOf(flags.steps),
      present: valueOf(flags.present),
      migrationSlots: valueOf(flags.migration),
      deadUnits: valueOf(flags.dead)
    })
  }),
  ...seedPart(flags.seed)
})

export interface AdviseFlags extends TrafficFlags, MachineFlagValues {
  readonly machine: string
  readonly batch: ReadonlyArray<number>
  readonly slots: number
  readonly optimizer: string
  readonly steps: Option.Option<number>
  readonly kvReserve: number
  readonly phase: Option.Option<(typeof phases)[number]>
}

export const adviseDocument = (input: string, flags: AdviseFlags): Advise => ({
  schema: "moira-experiment/1",
  run: "advise",
  trace: tracePart(input),
  machine: machinePart([flags.machine], flags),
  ...field("stages", given({ optimizer: unless(usual.advise.optimizer, flags.optimizer) })),
  ...field("options", {
    ...trafficPart(flags),
    ...given({
      phase: valueOf(flags.phase),
      batch: fewOf(unless(usual.advise.batches, flags.batch)),
      maxSlots: unless(usual.advise.maxSlots, flags.slots),
      steps: valueOf(flags.steps),
      kvReserveShare: unless(usual.advise.kvReserveShare, flags.kvReserve)
    })
  }),
  ...seedPart(flags.seed)
})

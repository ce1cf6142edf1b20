/** What a simulation run gives. */
import { Count } from "@moira/core"
import { Schema } from "effect"

/** The machine of a run, as much of it as a picture needs. */
export const MachineSummary = Schema.Struct({
  name: Schema.String,
  backend: Schema.String,
  spec: Schema.Json,
  units: Schema.Array(
    Schema.Struct({ name: Schema.String, at: Schema.NullOr(Schema.Tuple([Schema.Finite, Schema.Finite])) })
  ),
  /** Directed links by the nodes they join; `fromUnit`/`toUnit` are -1 for a switch or memory node. */
  links: Schema.Array(Schema.Struct({ fromUnit: Schema.Int, toUnit: Schema.Int, bytesPerSec: Schema.Finite })),
  /** Families of kernels that expert times were fitted to; left out where nothing was fitted. */
  kernels: Schema.optionalKey(Schema.Array(Schema.String)),
  /** Kernels that carry tokens, those for few tokens a unit first, where the machine names them. */
  exchange: Schema.optionalKey(Schema.Array(Schema.String))
})
export type MachineSummary = typeof MachineSummary.Type

const StrategySummary = Schema.Struct({
  name: Schema.String,
  placement: Schema.String,
  allocator: Schema.String,
  /** Which copies of experts are kept while decoding. */
  residency: Schema.String,
  /** When decisions are waited for, and in which order units run their tasks; documents of before 2026-12 do not say. */
  decides: Schema.optionalKey(Schema.Literals(["never", "before", "meanwhile"])),
  taskOrder: Schema.optionalKey(Schema.Literals(["expert", "most-tokens-first"]))
})
type StrategySummary = typeof StrategySummary.Type

/** A unit or link by number; null where there is none. */
const Busiest = Schema.NullOr(Schema.Struct({ index: Count, share: Schema.Finite }))

export const RunResult = Schema.Struct({
  machine: MachineSummary,
  strategy: StrategySummary,
  network: Schema.String,
  /** How far from exact the network model's time of a layer step might be, as a share of it, where it was not 0. */
  flowTolerance: Schema.optionalKey(Schema.Finite),
  batch: Count,
  steps: Count,
  tokenTraffic: Schema.Literals(["modelled", "ignored"]),
  /** Who decided where work goes; null where decisions are free. */
  controller: Schema.NullOr(Schema.String),
  bytesPerWeight: Schema.Finite,
  /** Requests of one expert that the allocator handed out at a time, where it was not the usual number. */
  blockTokens: Schema.optionalKey(Count),
  /** Decode steps that ran before those that count, where there were any. */
  warmUpSteps: Schema.optionalKey(Count),
  /** Share of each memory kept for the KV cache, and copies of one layer that might be made ahead on a unit, where they were given. */
  kvReserveShare: Schema.optionalKey(Schema.Finite),
  maxCopies: Schema.optionalKey(Count),
  seed: Schema.Int,
  /** The run's requests are those that this split of the trace holds out; of all requests where it is left out. */
  heldOut: Schema.optionalKey(Schema.Struct({ seed: Schema.Int, heldOutShare: Schema.Finite })),
  /**
   * Layers and decode steps that ran instead of all: sums and means are then estimates, with 95 % intervals of throughput and of the mean
   * time of a layer step in picoseconds; `layers` and `perStep` list those that ran.
   */
  sample: Schema.optionalKey(
    Schema.Struct({
      layers: Count,
      steps: Count,
      of: Schema.Struct({ layers: Count, steps: Count }),
      throughputInterval: Schema.Tuple([Schema.Finite, Schema.Finite]),
      layerTimeInterval: Schema.Tuple([Schema.Finite, Schema.Finite])
    })
  ),
  /** By metric id; see the metric table. */
  metrics: Schema.Record(Schema.String, Schema.Finite),
  /** The unit that is the busiest most often, and the link that units wait for most often, with their shares of the layer steps. */
  busiest: Schema.optionalKey(Schema.Struct({ unit: Busiest, link: Busiest })),
  /** Mean time of one layer step, by MoE layer and by decode step. */
  layers: Schema.Array(Schema.Struct({ layer: Schema.Int, timePs: Count })),
  perStep: Schema.Array(Schema.Struct({ step: Count, tokens: Count, timePs: Count })),
  /** Share of the simulated time that each unit computes, in unit order. */
  unitBusy: Schema.Array(Schema.Finite),
  /** Share of the simulated time that each link carries bytes at its full rate, in link order. */
  linkUtilisation: Schema.Array(Schema.Finite),
  warnings: Schema.Array(Schema.String)
})
export type RunResult = typeof RunResult.Type

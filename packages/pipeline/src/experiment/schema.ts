/** What an experiment document may say: `moira-experiment/1`. The JSON Schema that editors use is made from this file. */
import { Count, PositiveCount } from "@moira/core"
import { Schema } from "effect"
import {
  anyStages,
  bytesPerWeight,
  common,
  heldOutShare,
  kvReserveShare,
  MachineSource,
  Name,
  NetworkStage,
  oneOrMore,
  optional,
  phases,
  PlacementChoice,
  traffic
} from "./schema-parts.ts"

const machine = { machine: MachineSource }

export const Simulate = Schema.Struct({
  ...common,
  ...machine,
  run: Schema.Literal("simulate"),
  stages: Schema.optionalKey(
    Schema.Struct({
      ...anyStages,
      strategy: optional(oneOrMore(Name), "strategies; ep, base, allo+pred and moira when left out"),
      optimizer: optional(oneOrMore(PlacementChoice), "who places experts, or a file, instead of the strategies' own"),
      allocator: optional(Name, "who shares out tokens, instead of the strategies' own"),
      residency: optional(Name, "which copies stay, instead of the strategies' own"),
      network: optional(NetworkStage, "network model; bottleneck when left out")
    })
  ),
  options: Schema.optionalKey(
    Schema.Struct({
      batch: optional(oneOrMore(PositiveCount), "requests that decode together; 4096 when left out"),
      steps: optional(PositiveCount, "most decode steps; 32 when left out"),
      sample: optional(
        Schema.Struct({ layers: PositiveCount, steps: PositiveCount }),
        "how many layers and steps stand for all of them"
      ),
      tokenTraffic: optional(
        Schema.Literals(["modelled", "ignored"]),
        "activations between units, or none as in the study"
      ),
      bytesPerWeight,
      blockTokens: optional(PositiveCount, "tokens of an expert that allocators hand out at a time"),
      warmUpSteps: optional(PositiveCount, "decode steps that run before those that count"),
      controller: optional(Name, "who decides where work goes; the machine's usual one when left out"),
      baseline: optional(Name, "strategy that speed-ups are over; ep when left out"),
      kvReserveShare,
      maxCopies: optional(Count, "copies of a layer's experts that a unit may get ahead, at most"),
      spareSlots: optional(Count, "spare slots a unit, which optimizers may fill with copies"),
      requests: optional(
        Schema.Literals(["unseen", "all"]),
        "requests that made a placement file are left out, or run too"
      ),
      verify: optional(Schema.Boolean, "run the closed form beside the network model, and fail where they disagree")
    })
  )
})

const Offload = Schema.Struct({
  ...common,
  ...machine,
  run: Schema.Literal("offload"),
  stages: Schema.optionalKey(
    Schema.Struct({
      ...anyStages,
      cache: optional(oneOrMore(Name), "cache policies; lru, lfu, predicted and belady when left out"),
      predictor: optional(Name, "who says which expert makes room"),
      prefetchPredictor: optional(Name, "who says what to fetch ahead")
    })
  ),
  options: Schema.optionalKey(
    Schema.Struct({
      cacheSize: optional(
        oneOrMore(Schema.Union([PositiveCount, Name])),
        "slots, or a share as 25%; eight sizes when left out"
      ),
      scope: optional(Schema.Literals(["layer", "all"]), "slots of each layer, or shared by all layers"),
      prefetch: optional(oneOrMore(Count), "experts to fetch ahead for each layer step; none when left out"),
      prefetchFor: optional(
        Schema.Literals(["layer", "token"]),
        "for the next layer, or the next token of the same layer"
      ),
      batch: optional(oneOrMore(PositiveCount), "requests that decode together; 1 when left out"),
      betweenUs: optional(Count, "time between the experts of two layers, in microseconds; 0 when left out"),
      bytesPerWeight,
      requests: optional(PositiveCount, "most requests to judge on; the held-out ones when left out"),
      steps: optional(PositiveCount, "most decode steps; all of them when left out")
    })
  )
})

export const Place = Schema.Struct({
  ...common,
  ...machine,
  run: Schema.Literal("place"),
  stages: Schema.optionalKey(
    Schema.Struct({
      ...anyStages,
      optimizer: optional(oneOrMore(Name), "placement optimizers; eplb and moira when left out"),
      exporter: optional(
        Schema.Union([Name, Schema.Array(Name)]),
        "forms of the files that are written beside Moira's own; [] writes only those, and nothing is written when left out"
      )
    })
  ),
  options: Schema.optionalKey(
    Schema.Struct({
      ...traffic,
      slots: optional(Count, "spare slots a unit; none when left out"),
      redundant: optional(Count, "copies in all, instead of slots"),
      batch: optional(PositiveCount, "tokens of one layer step, all units together; 4096 when left out"),
      steps: optional(PositiveCount, "most decode steps that judge; 32 when left out"),
      present: optional(Name, "file with what lies where now; contiguous when left out"),
      migrationSlots: optional(Count, "most slots, over all layers, that may change"),
      deadUnits: optional(Schema.Array(Count), "units that must hold nothing")
    })
  )
})

export const Advise = Schema.Struct({
  ...common,
  ...machine,
  run: Schema.Literal("advise"),
  stages: Schema.optionalKey(
    Schema.Struct({ ...anyStages, optimizer: optional(Name, "placement optimizer; moira when left out") })
  ),
  options: Schema.optionalKey(
    Schema.Struct({
      ...traffic,
      phase: optional(phases, "tokens of a trace that both place and judge"),
      input: optional(Name, "what the commands of the answer call the input; as the document names it when left out"),
      batch: optional(oneOrMore(PositiveCount), "tokens of one layer step; 64 to 16384 when left out"),
      maxSlots: optional(Count, "most spare slots a unit to consider; 4 when left out"),
      steps: optional(PositiveCount, "most decode steps that judge; 32 when left out"),
      kvReserveShare
    })
  )
})

const Analyze = Schema.Struct({
  ...common,
  run: Schema.Literal("analyze"),
  stages: Schema.optionalKey(
    Schema.Struct({ ...anyStages, analysis: optional(oneOrMore(Name), "analyses of one's own in the same pass") })
  ),
  options: Schema.optionalKey(
    Schema.Struct({
      only: optional(oneOrMore(Schema.Literals(["temporal", "spatial"])), "which analyses run; both when left out"),
      layers: optional(Schema.Array(Count), "layers to draw heatmaps and profiles of"),
      heldOutShare
    })
  )
})

const Forecast = Schema.Struct({
  ...common,
  run: Schema.Literal("forecast"),
  stages: Schema.optionalKey(
    Schema.Struct({ ...anyStages, predictor: optional(oneOrMore(Name), "predictors; all built-in ones when left out") })
  ),
  options: Schema.optionalKey(
    Schema.Struct({
      top: optional(oneOrMore(PositiveCount), "recall among the best n, beside top-k and twice that"),
      cacheSize: optional(
        oneOrMore(PositiveCount),
        "experts that a cache of one layer holds; a tenth and a fifth when left out"
      )
    })
  )
})

/** By the word that `run` says. */
export const experimentOf = {
  simulate: Simulate,
  offload: Offload,
  place: Place,
  advise: Advise,
  analyze: Analyze,
  forecast: Forecast
} as const
export type RunKind = keyof typeof experimentOf

/** Any experiment document. */
export const ExperimentDocument = Schema.Union(Object.values(experimentOf))
export type ExperimentDocument = typeof ExperimentDocument.Type

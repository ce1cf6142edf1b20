/** The seam to predictors: which experts will this unit need next? */
import type { LayerSelections } from "@moira/trace"
import { pluginKind } from "@moira/core"
import type { Tasks } from "./tasks.ts"

/** Version of the predictor contract. */
export const forecastContract = "forecast/v1"

/**
 * How far ahead a prediction for a layer of a token is made, which is what it may know:
 * - `token`: one token. All selections of earlier tokens, and of nothing at this one: time for a slow tier to act.
 * - `layer`: one MoE layer. As `token`, and what this token chose at the MoE layer before.
 * - `none`: it is told the answer. Only a bound (the oracle) has this lead.
 */
export type Lead = "token" | "layer" | "none"

/** Consecutive requests at the layer to predict, and at the MoE layer before it where there is one. */
export interface LayerRows {
  readonly current: LayerSelections
  readonly earlier: LayerSelections | undefined
  /** The requests that may be looked at, counted from `current.firstRequest`, ascending. */
  readonly use: Uint32Array
}

/** What a predictor knows of a layer before it is trained. */
export interface LayerSetup {
  /** Position among the MoE layers of the trace. */
  readonly layerIndex: number
  readonly experts: number
  readonly topK: number
  readonly tasks: Tasks
}

/** What one layer of a trained predictor takes, counted from its tables and loops. */
export interface PredictorCost {
  /** Bytes of the trained table, 16 bits an entry as in the study's prediction table. */
  readonly tableBytes: number
  /** Bytes of what is kept for each unit between steps. */
  readonly unitBytes: number
  /** Table or state entries read and combined for one prediction of a unit with one token. */
  readonly operations: number
}

/**
 * The memory of one layer for some units. A unit is whatever the forecast is for: a request, or a die with all tokens
 * that it computes; what it chooses in one step may be any number of experts, with repetition. Hot: no call allocates,
 * except where a unit observes more selections in a step than ever before.
 *
 * Steps count decode tokens from 0; prompt tokens have negative steps, the last of them -1.
 */
export interface LayerSession {
  /** A new stream starts at this unit: what was observed before is forgotten. `task` is -1 where unknown. */
  readonly begin: (unit: number, task: number) => void
  /** The unit chose `ids[from]` to `ids[to]` (exclusive) at this layer in this step; ids beyond the experts are holes. */
  readonly observe: (unit: number, step: number, ids: ArrayLike<number>, from: number, to: number) => void
  /**
   * Writes a score for every expert, all of them finite and not negative: the larger, the likelier in `step`, which is
   * not yet observed. `earlier[from]` to `earlier[to]` is what the unit chose in `step` at the MoE layer before;
   * nothing (`from` equal to `to`) where that is unknown, and always for a predictor of lead `token`.
   */
  readonly predict: (
    unit: number,
    step: number,
    scores: Float64Array,
    earlier: ArrayLike<number>,
    from: number,
    to: number
  ) => void
  /** Tells a predictor of lead `none` the answer to the next {@link predict}. */
  readonly reveal?: (unit: number, step: number, ids: ArrayLike<number>, from: number, to: number) => void
}

/** One layer of a trained predictor. */
export interface LayerForecaster {
  readonly cost: PredictorCost
  readonly open: (units: number) => LayerSession
}

/**
 * Training of one layer: a fold over ranges of requests in any order, whose states merge; the same requests give the
 * same forecaster. `finish` also gets the validation requests, in order, for what cannot be counted (weights).
 */
export interface LayerFold<S> {
  readonly empty: () => S
  readonly add: (state: S, rows: LayerRows) => void
  readonly merge: (into: S, from: S) => void
  readonly finish: (state: S, validation: ReadonlyArray<LayerRows>) => LayerForecaster
}

/** Scores of members on validation tokens: what a combination is fitted to. */
export interface ValidationScores {
  readonly experts: number
  readonly tokens: number
  /** By member: `scores[member][token * experts + expert]`. */
  readonly scores: ReadonlyArray<Float32Array>
  /** Token `t` chose `ids[start[t]]` to `ids[start[t + 1]]`, without holes. */
  readonly ids: Uint16Array
  readonly start: Uint32Array
}

/** A fitted rule that makes one forecast of several. */
export interface Combiner {
  /** One for each member. */
  readonly weights: Float64Array
  /** Hot: writes a score for every expert from the members' scores; does not allocate. */
  readonly combine: (scores: ReadonlyArray<Float64Array>, into: Float64Array) => void
}

/** How a combination is put together; an evaluation uses it to run shared members once. */
export interface Combination {
  readonly members: ReadonlyArray<Predictor>
  readonly fit: (validation: ValidationScores) => Combiner
}

/** A way to forecast selections. Deterministic: the same training and observations give the same scores. */
export interface Predictor {
  readonly contract: typeof forecastContract
  readonly id: string
  readonly title: string
  /** How it forecasts, in a sentence. */
  readonly description: string
  readonly lead: Lead
  /** Scores are shares of the unit's next selections: they add up to one. */
  readonly probabilities: boolean
  readonly train: (setup: LayerSetup) => LayerFold<any>
  /** Only of predictors that combine others. */
  readonly combination?: Combination
}

/** How predictors are found by name, package or path. */
export const predictorKind = pluginKind<Predictor>({
  name: "predictor",
  contract: forecastContract,
  home: "@moira/forecast/predictors",
  from: import.meta.url,
  form: {
    id: "id",
    title: "text",
    description: "text",
    lead: ["token", "layer", "none"],
    probabilities: "boolean",
    train: "function",
    "combination?": "object"
  }
})

/** What the evaluation of predictors finds. */
import { Schema } from "effect"
import { Input, Interval, NotMeasured } from "./common.ts"

const Share = Schema.NullOr(Schema.Finite)
const Range = Schema.NullOr(Interval)

/** What one forecast takes, against the study's prediction hardware (Table II). */
export const ForecastCost = Schema.Struct({
  /** Trained tables of all layers, 16 bits an entry; the study's limit is 50 MB. */
  tableBytes: Schema.Int,
  fitsTable: Schema.Boolean,
  /** The largest table of one layer, which is what must be on chip while the layer runs; the study's cache is 0.5 MB. */
  layerTableBytes: Schema.Int,
  fitsOnChip: Schema.Boolean,
  /** Kept for each unit (request) over all layers. */
  unitBytes: Schema.Int,
  /** Table and state entries read and combined for one prediction of a token at one layer. */
  operations: Schema.Int
})
export type ForecastCost = typeof ForecastCost.Type

/** Share of decode selections among the n experts of the best scores, over layers that are not degenerate. */
export const ForecastRecall = Schema.Struct({
  n: Schema.Int,
  recall: Schema.Finite,
  /** 95 % bootstrap interval over test requests. */
  interval: Range,
  /** Share of the n experts named that were chosen. */
  precision: Schema.Finite,
  /** Recall minus that of popularity, and its paired interval. */
  lift: Share,
  liftInterval: Range
})
export type ForecastRecall = typeof ForecastRecall.Type

/**
 * A cache of `capacity` experts a layer that lives through the test requests one by one: the top-k experts of the best
 * scores are brought in before a token, misses on demand, and the lowest score makes room.
 */
const ForecastCache = Schema.Struct({
  capacity: Schema.Int,
  hitRate: Schema.Finite,
  interval: Range,
  /** Experts brought in for each token and layer, ahead or on demand. */
  fetchesPerToken: Schema.Finite
})
type ForecastCache = typeof ForecastCache.Type

export const ForecastLayer = Schema.Struct({
  layer: Schema.Int,
  degenerate: Schema.Boolean,
  /** Recall among the model's top-k, and twice that. */
  recall: Share,
  interval: Range,
  recallTwice: Share,
  /** Of a combination: the weights of its members at this layer. */
  weights: Schema.NullOr(Schema.Array(Schema.Finite))
})
export type ForecastLayer = typeof ForecastLayer.Type

export const PredictorResult = Schema.Struct({
  id: Schema.String,
  title: Schema.String,
  description: Schema.String,
  lead: Schema.Literals(["token", "layer", "none"]),
  /** Ids of what a combination combines; empty of a single predictor. */
  members: Schema.Array(Schema.String),
  cost: ForecastCost,
  /** At the model's top-k first, then the other n, ascending. Empty where nothing could be measured. */
  recall: Schema.Array(ForecastRecall),
  /** Mean of minus log2 of the share given to what was chosen; `null` of predictors whose scores are no shares. */
  bitsPerSelection: Share,
  caches: Schema.Array(ForecastCache),
  layers: Schema.Array(ForecastLayer),
  /** Recall among the model's top-k by decode step, from `from` to `to` (inclusive), over non-degenerate layers. */
  positions: Schema.Array(
    Schema.Struct({ from: Schema.Int, to: Schema.Int, tokens: Schema.Int, recall: Schema.Finite })
  )
})
export type PredictorResult = typeof PredictorResult.Type

export const ForecastResult = Schema.Struct({
  /** Requests of each role. */
  split: Schema.Struct({ train: Schema.Int, validation: Schema.Int, test: Schema.Int }),
  testTokens: Schema.Int,
  topK: Schema.Int,
  predictors: Schema.Array(PredictorResult),
  /** Caches that no forecast drives: least recently used, and the best possible without prefetch (Belady). */
  references: Schema.Array(
    Schema.Struct({
      capacity: Schema.Int,
      lru: Schema.Finite,
      lruInterval: Range,
      lruFetchesPerToken: Schema.Finite,
      belady: Schema.Finite
    })
  ),
  /** Recall of each combination minus that of each other predictor, with the paired interval. */
  comparisons: Schema.Array(
    Schema.Struct({
      predictor: Schema.String,
      against: Schema.String,
      n: Schema.Int,
      difference: Schema.Finite,
      interval: Range
    })
  ),
  degenerateLayers: Schema.Array(Schema.Int),
  notMeasured: Schema.Array(NotMeasured)
})
export type ForecastResult = typeof ForecastResult.Type

export const ForecastDocument = Schema.Struct({
  schema: Schema.Literal("moira-forecast/1"),
  moira: Schema.String,
  input: Input,
  seed: Schema.Int,
  forecast: ForecastResult
})
export type ForecastDocument = typeof ForecastDocument.Type

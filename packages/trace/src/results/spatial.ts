/** What the spatial analysis finds: Ob4 and Ob5 of the study (Figures 8 and 9). */
import { Schema } from "effect"
import { CountMatrix, Coverage, NotMeasured } from "./common.ts"

export const ExpertShare = Schema.Struct({ expert: Schema.Int, share: Schema.Finite })
export type ExpertShare = typeof ExpertShare.Type

export const PopularityLayer = Schema.Struct({
  layer: Schema.Int,
  /** One expert takes more than 95 % of the selections; left out of means. */
  degenerate: Schema.Boolean,
  /** Selections of each expert over both phases. */
  counts: Schema.Array(Schema.Int),
  skewMaxOverMean: Schema.Finite,
  gini: Schema.Finite,
  entropyBits: Schema.Finite,
  /** Unconditional coverage of the 20 % most selected experts; `popularity` is the held-out uniform baseline 20 %. */
  coverage: Coverage,
  top: Schema.Array(ExpertShare)
})
export type PopularityLayer = typeof PopularityLayer.Type

/** The ten most selected experts of one task (benchmark and subject) or language at one layer. */
export const TaskProfile = Schema.Struct({
  kind: Schema.Literals(["subject", "language"]),
  name: Schema.String,
  requests: Schema.Int,
  layer: Schema.Int,
  top: Schema.Array(ExpertShare)
})
export type TaskProfile = typeof TaskProfile.Type

/**
 * Jensen-Shannon distance (square root of the divergence in bits, 0 to 1) between two tasks, mean over layers.
 * An entry with `a` equal to `b` is the noise floor: the distance of random halves of that task's requests.
 */
export const TaskDistance = Schema.Struct({
  kind: Schema.Literals(["subject", "language"]),
  a: Schema.String,
  b: Schema.String,
  distance: Schema.Finite
})
export type TaskDistance = typeof TaskDistance.Type

export const PairLayer = Schema.Struct({
  layer: Schema.Int,
  /** Greatest count of a pair over the count expected of independent choices with the same popularity. */
  maxOverRandom: Schema.Finite,
  /** Share of all co-activations held by the 10 % most frequent pairs. */
  top10Share: Schema.Finite,
  /** Cumulative share held by the most frequent pairs, at 101 points from 0 to 100 % of the pairs. */
  cdf: Schema.Array(Schema.Finite)
})
export type PairLayer = typeof PairLayer.Type

export const SpatialResult = Schema.Struct({
  /** Ob4. */
  popularity: Schema.Struct({
    layers: Schema.Array(PopularityLayer),
    mean: Schema.NullOr(
      Schema.Struct({
        skewMaxOverMean: Schema.Finite,
        gini: Schema.Finite,
        entropyBits: Schema.Finite,
        coverage: Coverage
      })
    ),
    degenerateLayers: Schema.Array(Schema.Int)
  }),
  profiles: Schema.Array(TaskProfile),
  distances: Schema.Array(TaskDistance),
  /** Ob5: `null` for top-1 models, where a token activates no pair. */
  pairs: Schema.NullOr(
    Schema.Struct({
      layers: Schema.Array(PairLayer),
      mean: Schema.Struct({ maxOverRandom: Schema.Finite, top10Share: Schema.Finite }),
      heatmaps: Schema.Array(Schema.Struct({ layer: Schema.Int, matrix: CountMatrix }))
    })
  ),
  notMeasured: Schema.Array(NotMeasured)
})
export type SpatialResult = typeof SpatialResult.Type

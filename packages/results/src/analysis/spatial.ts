/** What the spatial analysis finds: Ob4 and Ob5 of the study (Figures 8 and 9). */
import { Schema } from "effect"
import { PairBlocks } from "./blocks.ts"
import { CountMatrix, Coverage, NotMeasured } from "../common.ts"
import { Sharing, TaskKind } from "./sharing.ts"

export const ExpertShare = Schema.Struct({ expert: Schema.Int, share: Schema.Finite })
export type ExpertShare = typeof ExpertShare.Type

/** Share of the selections that the n most selected experts take, chosen and measured like {@link Coverage}. */
export const TopN = Schema.Struct({
  experts: Schema.Int,
  inSample: Schema.Finite,
  heldOut: Schema.NullOr(Schema.Finite)
})
export type TopN = typeof TopN.Type

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
  /** For n = 1, 2, 4, ... below the number of experts. */
  topN: Schema.Array(TopN),
  top: Schema.Array(ExpertShare)
})
export type PopularityLayer = typeof PopularityLayer.Type

/** The ten most selected experts of one benchmark, task (benchmark and subject) or language at one layer. */
export const TaskProfile = Schema.Struct({
  kind: TaskKind,
  name: Schema.String,
  requests: Schema.Int,
  layer: Schema.Int,
  top: Schema.Array(ExpertShare)
})
export type TaskProfile = typeof TaskProfile.Type

/**
 * Jensen-Shannon distance (square root of the divergence in bits, 0 to 1) between two tasks, mean over layers.
 * An entry with `a` equal to `b` is the distance of random halves of that task's requests, which err on the high side.
 * `noise` is what two random sets of requests of the same sizes are apart: mean and 95th percentile over shuffles of
 * all requests among the tasks. A distance that is not above `noise.high` says nothing.
 */
export const TaskDistance = Schema.Struct({
  kind: TaskKind,
  a: Schema.String,
  b: Schema.String,
  distance: Schema.Finite,
  noise: Schema.NullOr(Schema.Struct({ mean: Schema.Finite, high: Schema.Finite }))
})
export type TaskDistance = typeof TaskDistance.Type

export const PairLayer = Schema.Struct({
  layer: Schema.Int,
  /** Greatest count of a pair over the count expected of independent choices with the same popularity, p_i p_j. */
  maxOverRandom: Schema.Finite,
  /** Greatest count of a pair over that of k experts drawn evenly: k (k - 1) / (E (E - 1)) for each token. */
  maxOverUniform: Schema.Finite,
  /** Share of all co-activations held by the 10 % most frequent pairs. */
  top10Share: Schema.Finite,
  /** The same held out, and for the pairs of greatest p_i p_j (`popularity`, held out). */
  top10: Coverage,
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
        coverage: Coverage,
        topN: Schema.Array(TopN)
      })
    ),
    degenerateLayers: Schema.Array(Schema.Int)
  }),
  profiles: Schema.Array(TaskProfile),
  distances: Schema.Array(TaskDistance),
  /** Experts hot for every task against those of some tasks only. */
  sharing: Sharing,
  /** Ob5: `null` for top-1 models, where a token activates no pair. */
  pairs: Schema.NullOr(
    Schema.Struct({
      layers: Schema.Array(PairLayer),
      mean: Schema.Struct({
        maxOverRandom: Schema.Finite,
        maxOverUniform: Schema.Finite,
        top10Share: Schema.Finite,
        top10: Coverage
      }),
      heatmaps: Schema.Array(Schema.Struct({ layer: Schema.Int, matrix: CountMatrix })),
      /** Blocks of experts that are selected together, found without looking at the model. */
      blocks: PairBlocks
    })
  ),
  notMeasured: Schema.Array(NotMeasured)
})
export type SpatialResult = typeof SpatialResult.Type

/** Ob5 over all layers. */
import { mean } from "@moira/core/statistics"
import { type NotMeasured, type PairBlocks, type SpatialResult } from "@moira/results"
import { onlySample, type TraceContext } from "@moira/trace"
import { substream } from "@moira/core"
import { meanCoverage } from "./mean-coverage.ts"
import type { Settings } from "./options.ts"
import type { HeldOutPairs } from "./pair-held-out.ts"
import { minSightings, type PairSummary } from "./pair-layer.ts"
import { commonBlocks, joinPools } from "./pool.ts"

type Pairs = SpatialResult["pairs"]

const what = "expert pairs (Ob5)"

const none = (why: string) => ({ result: null, notMeasured: [{ what, why }] })

const at = (summaries: ReadonlyArray<PairSummary>): string => summaries.map(({ result }) => result.layer).join(", ")

/** A layer's pairs, all together and held out. */
export interface JudgedPairs extends PairSummary {
  readonly heldOut: HeldOutPairs
}

const gaps = (
  summaries: ReadonlyArray<JudgedPairs>,
  common: PairBlocks["common"],
  context: TraceContext
): ReadonlyArray<NotMeasured> => {
  const measured = new Set(summaries.map(({ result }) => result.layer))
  const absent = context.layers.filter((layer) => !measured.has(layer))
  const rare = summaries.filter(({ frequent }) => !frequent)
  const only = onlySample(context.requests)
  const one = only !== undefined
  const unjudged = summaries.filter(({ heldOut }) => heldOut.blocks.contrast.heldOut === null)
  const untold = summaries.filter(({ heldOut }) => heldOut.top10.heldOut === null)
  return [
    ...(absent.length > 0
      ? [{ what: `${what} at layers ${absent.join(", ")}`, why: "no token has two recorded selections there" }]
      : []),
    ...(rare.length > 0
      ? [
          {
            what: `${what}: a reliable greatest ratio at layers ${at(rare)}`,
            why: `no pair was seen ${minSightings} times, so the ratio given is of rarely seen pairs`
          }
        ]
      : []),
    ...(one ? [{ what: `${what}: held-out pairs and blocks`, why: `${only} cannot both choose and judge` }] : []),
    ...(!one && untold.length > 0
      ? [{ what: `${what}: held-out pairs at layers ${at(untold)}`, why: "no recorded pairs on one side of the split" }]
      : []),
    ...(!one && unjudged.length > 0
      ? [
          {
            what: `${what}: blocks at layers ${at(unjudged)}`,
            why: "training requests show no affinity, or held-out ones have too few pairs to judge it"
          }
        ]
      : []),
    ...(!one && common === null
      ? [{ what: `${what}: blocks common to layers`, why: "one layer must choose them and another judge" }]
      : [])
  ]
}

/** Layers, their means with degenerate layers left out, blocks, and the heatmaps of the layers that kept their matrix. */
export const concludePairs = (
  summaries: ReadonlyArray<JudgedPairs>,
  context: TraceContext,
  { bootstrap }: Settings
): { readonly result: Pairs; readonly notMeasured: ReadonlyArray<NotMeasured> } => {
  const { topK, experts, title, routing } = context.model
  if (topK === 1) return none(`${title} selects one expert a token (top-1), so no two are activated together`)
  if (summaries.length === 0) return none("no token has two recorded selections")
  const usual = summaries.filter(({ degenerate }) => !degenerate)
  if (usual.length === 0) return none("at every layer one expert takes more than 95 % of the selections")
  const pools = summaries.flatMap(({ heldOut }) => heldOut.pool ?? [])
  const seed = substream(bootstrap.seed, "blocks", "common")
  const common = pools.length === 0 ? null : commonBlocks(pools.reduce(joinPools), experts, seed, routing)
  return {
    result: {
      layers: summaries.map(({ result, heldOut }) => ({ ...result, top10: heldOut.top10 })),
      mean: {
        maxOverRandom: mean(usual.map(({ result }) => result.maxOverRandom)),
        maxOverUniform: mean(usual.map(({ result }) => result.maxOverUniform)),
        top10Share: mean(usual.map(({ result }) => result.top10Share)),
        top10: meanCoverage(
          usual.map(({ heldOut }) => ({ coverage: heldOut.top10, heldOutHits: heldOut.heldOutHits })),
          bootstrap
        )
      },
      heatmaps: summaries.flatMap(({ result, matrix }) =>
        matrix === undefined ? [] : [{ layer: result.layer, matrix: { size: experts, counts: Array.from(matrix) } }]
      ),
      blocks: {
        catalogueGroups: routing === undefined || routing.groups < 2 ? null : routing.groups,
        layers: summaries.map(({ result, degenerate, heldOut }) => ({
          layer: result.layer,
          degenerate,
          ...heldOut.blocks
        })),
        common
      }
    },
    notMeasured: gaps(summaries, common, context)
  }
}

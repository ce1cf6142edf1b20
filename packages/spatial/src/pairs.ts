/** Ob5 over all layers. */
import type { NotMeasured, SpatialResult, TraceContext } from "@moira/trace"
import { total } from "./concentration.ts"
import { leastSightings, type PairSummary } from "./pair-layer.ts"

type Pairs = SpatialResult["pairs"]

const what = "expert pairs (Ob5)"

const none = (why: string) => ({ result: null, notMeasured: [{ what, why }] })

const mean = (values: ReadonlyArray<number>): number => total(values) / values.length

const at = (summaries: ReadonlyArray<PairSummary>): string => summaries.map(({ result }) => result.layer).join(", ")

/** Layers, their means with degenerate layers left out, and the heatmaps of the layers that kept their matrix. */
export const concludePairs = (
  summaries: ReadonlyArray<PairSummary>,
  context: TraceContext
): { readonly result: Pairs; readonly notMeasured: ReadonlyArray<NotMeasured> } => {
  const { topK, experts, title } = context.model
  if (topK === 1) return none(`${title} selects one expert a token (top-1), so no two are activated together`)
  if (summaries.length === 0) return none("no token has two recorded selections")
  const usual = summaries.filter(({ degenerate }) => !degenerate)
  if (usual.length === 0) return none("at every layer one expert takes more than 95 % of the selections")
  const measured = new Set(summaries.map(({ result }) => result.layer))
  const absent = context.layers.filter((layer) => !measured.has(layer))
  const rare = summaries.filter(({ frequent }) => !frequent)
  return {
    result: {
      layers: summaries.map(({ result }) => result),
      mean: {
        maxOverRandom: mean(usual.map(({ result }) => result.maxOverRandom)),
        top10Share: mean(usual.map(({ result }) => result.top10Share))
      },
      heatmaps: summaries.flatMap(({ result, matrix }) =>
        matrix === undefined ? [] : [{ layer: result.layer, matrix: { size: experts, counts: Array.from(matrix) } }]
      )
    },
    notMeasured: [
      ...(absent.length > 0
        ? [{ what: `${what} at layers ${absent.join(", ")}`, why: "no token has two recorded selections there" }]
        : []),
      ...(rare.length > 0
        ? [
            {
              what: `${what}: a reliable greatest ratio at layers ${at(rare)}`,
              why: `no pair was seen ${leastSightings} times, so the ratio given is of rarely seen pairs`
            }
          ]
        : [])
    ]
  }
}

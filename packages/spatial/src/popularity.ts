/** Ob4 over all layers. */
import { mean } from "@moira/core/statistics"
import { type Coverage, type NotMeasured, type PopularityLayer, type SpatialResult, type TopN } from "@moira/results"
import { onlySample, type TraceContext } from "@moira/trace"
import type { Settings } from "./options.ts"
import { meanCoverage } from "./mean-coverage.ts"
import type { PopularitySummary } from "./popularity-layer.ts"

type Popularity = SpatialResult["popularity"]

/** Mean over layers, all weighing the same. */
const meanTopN = (layers: ReadonlyArray<PopularityLayer>): ReadonlyArray<TopN> =>
  layers[0]!.topN.map(({ experts }, i) => {
    const each = layers.map((layer) => layer.topN[i]!)
    const heldOut = each.map((of) => of.heldOut).filter((share) => share !== null)
    return {
      experts,
      inSample: mean(each.map((of) => of.inSample)),
      heldOut: heldOut.length === 0 ? null : mean(heldOut)
    }
  })

const what = "expert popularity (Ob4)"

const gaps = (
  summaries: ReadonlyArray<PopularitySummary>,
  usual: ReadonlyArray<PopularitySummary>,
  context: TraceContext
): ReadonlyArray<NotMeasured> => {
  const out: Array<NotMeasured> = []
  const measured = new Set(summaries.map(({ result }) => result.layer))
  const absent = context.layers.filter((layer) => !measured.has(layer))
  if (absent.length > 0) {
    out.push({ what: `${what} at layers ${absent.join(", ")}`, why: "no selections are recorded there" })
  }
  if (summaries.length > 0 && usual.length === 0) {
    out.push({ what: `${what}: means`, why: "at every layer one expert takes more than 95 % of the selections" })
  }
  const only = onlySample(context.requests)
  if (only !== undefined) {
    const why = `${only} cannot both choose the experts and judge them`
    out.push({ what: `${what}: held-out coverage`, why })
    return out
  }
  const layers = (missing: (coverage: Coverage) => boolean) =>
    summaries.filter(({ result }) => missing(result.coverage)).map(({ result }) => result.layer)
  const none = layers((coverage) => coverage.heldOut === null)
  if (none.length > 0) {
    const why = "no recorded selections on one side of the split"
    out.push({ what: `${what}: held-out coverage at layers ${none.join(", ")}`, why })
  }
  const noSpread = layers((coverage) => coverage.heldOut !== null && coverage.interval === null)
  if (noSpread.length > 0) {
    const why = "one held-out request with recorded selections says nothing of the spread over requests"
    out.push({ what: `${what}: interval of held-out coverage at layers ${noSpread.join(", ")}`, why })
  }
  return out
}

/** Means over layers that are not degenerate, and which are. */
export const popularityOver = (
  summaries: ReadonlyArray<Pick<PopularitySummary, "result" | "heldOutHits">>,
  bootstrap: Settings["bootstrap"]
): Popularity => {
  const usual = summaries.filter(({ result }) => !result.degenerate)
  const of = (pick: (layer: PopularityLayer) => number) => mean(usual.map(({ result }) => pick(result)))
  return {
    layers: summaries.map(({ result }) => result),
    mean:
      usual.length === 0
        ? null
        : {
            skewMaxOverMean: of((layer) => layer.skewMaxOverMean),
            gini: of((layer) => layer.gini),
            entropyBits: of((layer) => layer.entropyBits),
            coverage: meanCoverage(
              usual.map(({ result, heldOutHits }) => ({ coverage: result.coverage, heldOutHits })),
              bootstrap
            ),
            topN: meanTopN(usual.map(({ result }) => result))
          },
    degenerateLayers: summaries.filter(({ result }) => result.degenerate).map(({ result }) => result.layer)
  }
}

/** Layers, their means, and what cannot be told. */
export const concludePopularity = (
  summaries: ReadonlyArray<PopularitySummary>,
  context: TraceContext,
  settings: Settings
): { readonly result: Popularity; readonly notMeasured: ReadonlyArray<NotMeasured> } => ({
  result: popularityOver(summaries, settings.bootstrap),
  notMeasured: gaps(
    summaries,
    summaries.filter(({ result }) => !result.degenerate),
    context
  )
})

/** Ob4 over all layers. */
import { bootstrapRatio, type Coverage, type NotMeasured, type SpatialResult, type TraceContext } from "@moira/trace"
import { total } from "./concentration.ts"
import type { Settings } from "./options.ts"
import type { PopularitySummary } from "./popularity-layer.ts"

type Popularity = SpatialResult["popularity"]

const mean = (values: ReadonlyArray<number>): number => total(values) / values.length

/**
 * Mean over layers, all weighing the same. The interval draws the same requests for every layer: each layer's hits and
 * totals are divided by its total and summed over layers by request, so the ratio of the sums is the mean of the ratios.
 */
const meanCoverage = (layers: ReadonlyArray<PopularitySummary>, bootstrap: Settings["bootstrap"]): Coverage => {
  const coverages = layers.map(({ result }) => result.coverage)
  const inSample = mean(coverages.map((coverage) => coverage.inSample))
  const popularity = coverages[0]!.popularity
  const measured = layers.filter(({ result }) => result.coverage.heldOut !== null)
  if (measured.length === 0) return { inSample, heldOut: null, interval: null, popularity }
  const hits = new Float64Array(measured[0]!.judged.hits.length)
  const totals = new Float64Array(hits.length)
  for (const { judged } of measured) {
    const all = total(judged.totals)
    for (let r = 0; r < hits.length; r++) {
      hits[r]! += judged.hits[r]! / all
      totals[r]! += judged.totals[r]! / all
    }
  }
  return {
    inSample,
    heldOut: mean(measured.map(({ result }) => result.coverage.heldOut!)),
    interval: bootstrapRatio(hits, totals, bootstrap) ?? null,
    popularity
  }
}

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
  if (context.requests.length < 2) {
    const why = "one request cannot both choose the experts and judge them"
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

/** Layers, and their means with degenerate layers left out. */
export const concludePopularity = (
  summaries: ReadonlyArray<PopularitySummary>,
  context: TraceContext,
  settings: Settings
): { readonly result: Popularity; readonly notMeasured: ReadonlyArray<NotMeasured> } => {
  const usual = summaries.filter(({ result }) => !result.degenerate)
  const of = (pick: (summary: PopularitySummary) => number) => mean(usual.map(pick))
  return {
    result: {
      layers: summaries.map(({ result }) => result),
      mean:
        usual.length === 0
          ? null
          : {
              skewMaxOverMean: of(({ result }) => result.skewMaxOverMean),
              gini: of(({ result }) => result.gini),
              entropyBits: of(({ result }) => result.entropyBits),
              coverage: meanCoverage(usual, settings.bootstrap)
            },
      degenerateLayers: summaries.filter(({ result }) => result.degenerate).map(({ result }) => result.layer)
    },
    notMeasured: gaps(summaries, usual, context)
  }
}

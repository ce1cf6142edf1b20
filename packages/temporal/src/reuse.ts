/** Reuse distance of experts, from the summaries of the layers. */
import { groupsOfBatches, mean } from "@moira/core/statistics"
import type { BatchReuse, NotMeasured, Reuse } from "@moira/results"
import type { TraceContext } from "@moira/trace"
import { pooledInterval } from "./coverage.ts"
import type { Settings } from "./options.ts"
import type { Concluded } from "./relation.ts"
import { cacheSizes, type ReuseSummary } from "./reuse-layer.ts"

const what = "reuse distance of experts"

const nameOf = (batch: number): string => `${what} ${batch === 1 ? "within a request" : `in batches of ${batch}`}`

/** `lru[n - 1]`: hit rate of a cache of n experts. */
const lruCurve = ({ depths, uses }: ReuseSummary): ReadonlyArray<number> => {
  let hits = 0
  return Array.from(depths, (count) => (hits += count) / uses)
}

const meanCurve = (curves: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<number> =>
  curves[0]!.map((_, n) => mean(curves.map((curve) => curve[n]!)))

const meanOf = (
  usual: ReadonlyArray<ReuseSummary>,
  experts: number,
  batch: number,
  settings: Settings
): BatchReuse["mean"] => {
  if (usual.length === 0) return null
  // Before all requests were added there are fewer batches.
  const groups = groupsOfBatches(settings.groups, batch, usual[0]!.totals.length)
  const bootstrap = { ...settings.bootstrap, groups }
  const lru = meanCurve(usual.map(lruCurve))
  const popular = usual.map(({ popularity }) => popularity).filter((curve) => curve !== null)
  const popularity = popular.length === 0 ? null : meanCurve(popular)
  return {
    firstUseShare: mean(usual.map(({ firstUses, uses }) => firstUses / uses)),
    lru,
    popularity,
    caches: cacheSizes(experts).map((size, s) => ({
      experts: size,
      lru: lru[size - 1]!,
      interval: pooledInterval(
        usual.map(({ hits, totals }) => ({ hits: hits[s]!, totals })),
        bootstrap
      ),
      popularity: popularity === null ? null : popularity[size - 1]!
    }))
  }
}

const ofBatch = (
  batch: number,
  summaries: ReadonlyArray<ReuseSummary>,
  context: TraceContext,
  settings: Settings
): Concluded<BatchReuse> => {
  const name = nameOf(batch)
  const no = (why: string) => ({ result: null, notMeasured: [{ what: name, why }] })
  if (context.requests.length < batch) return no(`the trace has ${context.requests.length} requests`)
  if (summaries.length === 0) return no("no decode token has recorded selections")
  const { experts } = context.model
  const usual = summaries.filter(({ degenerate }) => !degenerate)
  const measured = new Set(summaries.map(({ layer }) => layer))
  const absent = context.layers.filter((layer) => !measured.has(layer))
  const batches = Math.floor(context.requests.length / batch)
  const groups = groupsOfBatches(settings.groups, batch, batches)
  const unjudged = summaries.filter(({ popularity }) => popularity === null).map(({ layer }) => layer)
  const notMeasured: ReadonlyArray<NotMeasured> = [
    ...(absent.length === 0
      ? []
      : [{ what: `${name} at layers ${absent.join(", ")}`, why: "no decode token has recorded selections there" }]),
    ...(unjudged.length === 0
      ? []
      : [
          {
            what: `${name}: hit rate of the most popular experts`,
            why:
              batches < 2
                ? `one ${batch === 1 ? "request" : "batch"} cannot both choose the experts and judge them`
                : groups.count < 2
                  ? "every batch has requests of the same groups as another, so none can judge what others chose"
                  : `no recorded selections on one side of the split at layers ${unjudged.join(", ")}`
          }
        ]),
    ...(usual.length === 0
      ? [{ what: `${name}: means`, why: "at every layer one expert takes more than 95 % of the selections" }]
      : [])
  ]
  return {
    result: {
      batch,
      batches,
      layers: summaries.map((summary) => {
        const lru = lruCurve(summary)
        const { layer, degenerate, uses, firstUses, depths, popularity } = summary
        return {
          layer,
          degenerate,
          uses,
          firstUses,
          depths: Array.from(depths),
          caches: cacheSizes(experts).map((size) => ({
            experts: size,
            lru: lru[size - 1]!,
            interval: null,
            popularity: popularity === null ? null : popularity[size - 1]!
          }))
        }
      }),
      degenerateLayers: summaries.filter(({ degenerate }) => degenerate).map(({ layer }) => layer),
      mean: meanOf(usual, experts, batch, settings)
    },
    notMeasured
  }
}

/** Puts the layers together, `summaries[layer][k]` being of batch size k; `null` without decode tokens. */
export const concludeReuse = (
  summaries: ReadonlyArray<ReadonlyArray<ReuseSummary | undefined>>,
  context: TraceContext,
  settings: Settings
): Concluded<Reuse> => {
  if (!context.requests.some(({ decodeTokens }) => decodeTokens > 0)) {
    return { result: null, notMeasured: [{ what, why: "the trace has no decode tokens" }] }
  }
  const batches = settings.batches.map((batch, k) => {
    const measured = summaries.map((layer) => layer[k]).filter((summary) => summary !== undefined)
    return ofBatch(batch, measured, context, settings)
  })
  const results = batches.map(({ result }) => result).filter((result) => result !== null)
  return {
    result: results.length === 0 ? null : { batches: results },
    notMeasured: batches.flatMap(({ notMeasured }) => notMeasured)
  }
}

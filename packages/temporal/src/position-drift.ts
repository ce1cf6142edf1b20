/** Change over decode positions, from the summaries of the layers. */
import { meanOfKnown } from "@moira/core/statistics"
import type { NotMeasured, PositionDrift, WindowDrift } from "@moira/results"
import { onlySample, type TraceContext } from "@moira/trace"
import { pooledInterval } from "./coverage.ts"
import type { Windows } from "./decode-windows.ts"
import { floorOf, meanOfDraws, pValueOf } from "./noise-floor.ts"
import type { Settings } from "./options.ts"
import type { PositionSummary } from "./position-layer.ts"
import type { Concluded } from "./relation.ts"

const what = "drift over decode position"

const windowMean = (usual: ReadonlyArray<PositionSummary>, w: number, settings: Settings) => {
  const of = (pick: (window: WindowDrift) => number | null) =>
    meanOfKnown(usual.map(({ windows }) => pick(windows[w]!)))
  const interval = (pick: (summary: PositionSummary) => Uint32Array) => {
    const measured = usual.filter(({ totals }) => totals.some((count) => count > 0))
    const requests = settings.heldOut.length
    const part = (list: Uint32Array) => list.subarray(w * requests, (w + 1) * requests)
    const each = measured.map((summary) => ({ hits: part(pick(summary)), totals: part(summary.totals) }))
    return pooledInterval(each, settings.bootstrap)
  }
  const compared = usual.filter(({ windows }) => windows[w]!.distance !== null)
  const floors = compared.map(({ floors: all }) => all[w]).filter((floor) => floor != null)
  // Distance and floor are of the same layers.
  const draws = floors.length === 0 || floors.length < compared.length ? null : meanOfDraws(floors)
  const distance = meanOfKnown(compared.map(({ windows }) => windows[w]!.distance))
  const hotFirst = of((window) => window.hotFirst)
  const hotPrefill = of((window) => window.hotPrefill)
  return {
    distance,
    distanceFloor: draws && floorOf(draws),
    pValue: distance === null || draws === null ? null : pValueOf(distance, draws),
    rho: of((window) => window.rho),
    rhoFloor: of((window) => window.rhoFloor),
    rhoPrefill: of((window) => window.rhoPrefill),
    hotFirst,
    hotFirstInterval: hotFirst === null ? null : interval(({ firstHits }) => firstHits),
    hotPrefill,
    hotPrefillInterval: hotPrefill === null ? null : interval(({ prefillHits }) => prefillHits),
    hotPrevious: of((window) => window.hotPrevious),
    hotOwn: of((window) => window.hotOwn),
    relationFirst: of((window) => window.relationFirst),
    relationOwn: of((window) => window.relationOwn),
    relationPopularity: of((window) => window.relationPopularity)
  }
}

/** Why some part is missing, besides layers without selections. */
const gaps = (result: PositionDrift, context: TraceContext, { groups }: Windows): ReadonlyArray<NotMeasured> => {
  const windows = result.layers.flatMap((layer) => layer.windows)
  const prefill = context.requests.some(({ prefillTokens, decodeTokens }) => prefillTokens > 0 && decodeTokens > 0)
  const related = windows.some(({ relationFirst }) => relationFirst !== null)
  const only = onlySample(context.requests)
  const why =
    only !== undefined
      ? `${only} cannot both choose the candidates and judge them`
      : result.width < 2
        ? "the windows are one decode step wide, which holds no step to a next token"
        : "no step with recorded selections on one side of the split"
  const alone = result.windows.filter((_, w) => w > 0 && groups[w]! < 2)
  return [
    ...(alone.length === 0
      ? []
      : [
          {
            what: `${what}: noise floor of steps ${alone.map(({ from, to }) => `${from} to ${to - 1}`).join(", ")}`,
            why: alone.every(({ requests }) => requests < 2)
              ? "one request reaches them, and a swap of its windows changes nothing"
              : "requests of one group reach them, and a swap of its windows changes nothing"
          }
        ]),
    ...(prefill ? [] : [{ what: `${what}: against prefill`, why: "no request has both prefill and decode tokens" }]),
    ...(related ? [] : [{ what: `${what}: cross-token relation`, why }]),
    ...(result.mean === null
      ? [{ what: `${what}: means`, why: "at every layer one expert takes more than 95 % of the selections" }]
      : [])
  ]
}

/** Puts the layers together; `null` where no second window of decode steps exists. */
export const concludePosition = (
  summaries: ReadonlyArray<PositionSummary>,
  context: TraceContext,
  windows: Windows,
  settings: Settings
): Concluded<PositionDrift> => {
  const no = (why: string) => ({ result: null, notMeasured: [{ what, why }] })
  if (windows.longest === 0) return no("the trace has no decode tokens")
  if (windows.windows.length < 2) {
    return no(
      windows.longest === 1
        ? "no request has more than one decode step"
        : `all ${windows.longest} decode steps are in one window`
    )
  }
  if (summaries.length === 0) return no("no decode token has recorded selections")
  const usual = summaries.filter(({ degenerate }) => !degenerate)
  const size = windows.windows.length
  const result: PositionDrift = {
    width: windows.width,
    windows: windows.windows,
    layers: summaries.map(({ layer, degenerate, windows: each }) => ({ layer, degenerate, windows: each })),
    degenerateLayers: summaries.filter(({ degenerate }) => degenerate).map(({ layer }) => layer),
    mean:
      usual.length === 0
        ? null
        : {
            windows: Array.from({ length: size }, (_, w) => windowMean(usual, w, settings)),
            hotSet: Array.from({ length: size }, (_, w) =>
              Array.from({ length: size }, (__, v) => meanOfKnown(usual.map(({ hotSet }) => hotSet[w]![v]!)))
            )
          }
  }
  const measured = new Set(summaries.map(({ layer }) => layer))
  const absent = context.layers.filter((layer) => !measured.has(layer))
  return {
    result,
    notMeasured: [
      ...(absent.length === 0
        ? []
        : [{ what: `${what} at layers ${absent.join(", ")}`, why: "no decode token has recorded selections there" }]),
      ...gaps(result, context, windows)
    ]
  }
}

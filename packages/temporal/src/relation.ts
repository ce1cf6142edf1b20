/** A relation over all layers, from the summaries of the layers. */
import { type NotMeasured, type Relation } from "@moira/results"
import { onlySample, shownLayers, type TraceContext } from "@moira/trace"
import { meanCoverage } from "./coverage.ts"
import type { Settings } from "./options.ts"
import type { RelationSummary } from "./relation-layer.ts"

/** Which relation, in the words of messages. */
export interface RelationName {
  readonly what: string
  /** Why a layer may have no joint counts at all. */
  readonly noSteps: string
  /** Layer indices at which the relation is defined. */
  readonly defined: (layerCount: number) => number
}

export const crossLayerName: RelationName = {
  what: "cross-layer relation (Ob1)",
  noSteps: "no token has recorded selections both there and at the next MoE layer",
  defined: (layerCount) => layerCount - 1
}

export const crossTokenName: RelationName = {
  what: "cross-token relation (Ob2)",
  noSteps: "no two consecutive tokens of a request have recorded selections",
  defined: (layerCount) => layerCount
}

const shown = (summaries: Iterable<RelationSummary>, context: TraceContext, settings: Settings) =>
  shownLayers(
    [...summaries].map(({ layerIndex, result }) => ({ layerIndex, degenerate: result.degenerate })),
    context.layers,
    settings.layers
  )

/** Positions of the layers whose matrix may still be shown. */
export const keptMatrices = shown

const list = (layers: ReadonlyArray<number>): string => `layer${layers.length > 1 ? "s" : ""} ${layers.join(", ")}`

const heldOutGaps = (
  summaries: ReadonlyArray<RelationSummary>,
  { requests }: TraceContext,
  { what }: RelationName
): ReadonlyArray<NotMeasured> => {
  const layers = (missing: (summary: RelationSummary) => boolean) =>
    summaries.filter(missing).map(({ result }) => result.layer)
  const only = onlySample(requests)
  if (only !== undefined) {
    return [{ what: `${what}: held-out coverage`, why: `${only} cannot both choose the candidates and judge them` }]
  }
  const none = layers(({ result }) => result.coverage.heldOut === null)
  const noSpread = layers(({ result }) => result.coverage.heldOut !== null && result.coverage.interval === null)
  const side = "no step with recorded selections on one side of the split"
  return [
    ...(none.length > 0 ? [{ what: `${what}: held-out coverage at ${list(none)}`, why: side }] : []),
    ...(noSpread.length > 0
      ? [
          {
            what: `${what}: interval of held-out coverage at ${list(noSpread)}`,
            why: "one held-out request with recorded selections says nothing of the spread over requests"
          }
        ]
      : [])
  ]
}

const heatmapGaps = (
  summaries: ReadonlyArray<RelationSummary>,
  context: TraceContext,
  asked: ReadonlyArray<number>,
  { what }: RelationName
): ReadonlyArray<NotMeasured> =>
  asked
    .filter((layer) => !summaries.some(({ result }) => result.layer === layer))
    .map((layer) => ({
      what: `${what}: heatmap of layer ${layer}`,
      why: context.layers.includes(layer)
        ? "nothing was measured there"
        : `not an MoE layer of this trace; they are ${context.layers.join(", ")}`
    }))

export interface Concluded<R> {
  readonly result: R | null
  readonly notMeasured: ReadonlyArray<NotMeasured>
}

/** Puts layers, means and heatmaps together; `null` where the relation does not exist in this trace. */
export const concludeRelation = (
  summaries: ReadonlyArray<RelationSummary>,
  context: TraceContext,
  settings: Settings,
  name: RelationName
): Concluded<Relation> => {
  const defined = context.layers.slice(0, name.defined(context.layers.length))
  if (defined.length === 0) {
    return { result: null, notMeasured: [{ what: name.what, why: "the trace has a single MoE layer" }] }
  }
  const measured = new Set(summaries.map(({ result }) => result.layer))
  const absent = defined.filter((layer) => !measured.has(layer))
  if (summaries.length === 0) return { result: null, notMeasured: [{ what: name.what, why: name.noSteps }] }
  const usual = summaries.filter(({ result }) => !result.degenerate)
  const heatmaps = shown(summaries, context, settings)
  return {
    result: {
      layers: summaries.map(({ result }) => result),
      mean: meanCoverage(
        usual.map(({ result, heldOutHits }) => ({ coverage: result.coverage, heldOutHits })),
        settings.bootstrap
      ),
      meanTopExpert: meanCoverage(
        usual.map(({ result, topHeldOutHits }) => ({
          coverage: result.topExpertCoverage,
          heldOutHits: topHeldOutHits
        })),
        settings.bootstrap
      ),
      degenerateLayers: summaries.filter(({ result }) => result.degenerate).map(({ result }) => result.layer),
      heatmaps: summaries
        .filter(({ layerIndex }) => heatmaps.has(layerIndex))
        .map(({ result, matrix }) => ({
          layer: result.layer,
          nextLayer: result.nextLayer,
          matrix: { size: context.model.experts, counts: Array.from(matrix!) }
        }))
    },
    notMeasured: [
      ...(absent.length > 0 ? [{ what: `${name.what} at ${list(absent)}`, why: name.noSteps }] : []),
      ...(usual.length === 0
        ? [{ what: `${name.what}: means`, why: "at every layer one expert takes more than 95 % of the selections" }]
        : []),
      ...heldOutGaps(summaries, context, name),
      ...heatmapGaps(summaries, context, settings.layers ?? [], name)
    ]
  }
}

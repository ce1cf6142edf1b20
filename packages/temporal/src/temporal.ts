/** The accumulators of the temporal relations. */
import {
  type Accumulator,
  isDegenerate,
  type LayerChunk,
  layerwise,
  type LayerwiseState,
  type TraceContext,
  whyOneTask
} from "@moira/trace"
import { type NotMeasured, type TemporalResult } from "@moira/results"
import { requestCounts } from "@moira/trace/kernels"
import { decodeWindows } from "./decode-windows.ts"
import { frequencies, overBothPhases } from "./frequencies.ts"
import { jointCounts } from "./joint.ts"
import { settingsFor, type TemporalOptions } from "./options.ts"
import { concludePhases, phaseLayer, type PhaseSummary } from "./phases.ts"
import { concludePosition } from "./position-drift.ts"
import { positionLayer, type PositionSummary } from "./position-layer.ts"
import { concludeRelation, crossLayerName, crossTokenName, keptMatrices } from "./relation.ts"
import { relationLayer, type RelationSummary } from "./relation-layer.ts"
import { concludeRequests, requestBlocks, requestDriftLayer, type RequestDriftSummary } from "./request-drift.ts"
import { requestRows } from "./request-rows.ts"
import { concludeReuse } from "./reuse.ts"
import { reuseLayer, type ReuseSummary } from "./reuse-layer.ts"
import { layerSteps, type Steps, tokenSteps } from "./steps.ts"

type Observation = "crossLayer" | "crossToken" | "prefillDecode" | "positionDrift" | "requestDrift" | "reuse"

/** What is kept of one layer: a summary of each observation that exists there. */
export interface TemporalLayer {
  readonly crossLayer: RelationSummary | undefined
  readonly crossToken: RelationSummary | undefined
  readonly phases: PhaseSummary | undefined
  readonly position: PositionSummary | undefined
  readonly requests: RequestDriftSummary | undefined
  /** One entry a batch size. */
  readonly reuse: ReadonlyArray<ReuseSummary | undefined>
}

export type TemporalState = LayerwiseState<TemporalLayer>

const observations: ReadonlyArray<Observation> = [
  "crossLayer",
  "crossToken",
  "prefillDecode",
  "positionDrift",
  "requestDrift",
  "reuse"
]

const present = <A>(values: ReadonlyArray<A | undefined>): ReadonlyArray<A> =>
  values.filter((value) => value !== undefined)

const make = <W extends Observation>(
  id: string,
  context: TraceContext,
  options: TemporalOptions,
  wanted: ReadonlyArray<W>
): Accumulator<TemporalState, Pick<TemporalResult, W | "notMeasured">> => {
  const settings = settingsFor(context, options)
  const { layers, model } = context
  const windows = decodeWindows(context, settings.groups, settings.windows)
  const blocks = requestBlocks(context, settings)
  const wants = (observation: Observation) => (wanted as ReadonlyArray<Observation>).includes(observation)

  const summarise = (layerIndex: number, chunks: ReadonlyArray<LayerChunk>): TemporalLayer => {
    const layer = layers[layerIndex]!
    const nextLayer = layers[layerIndex + 1]
    const selections = chunks.map(({ current }) => current)
    const selected = frequencies(selections, model.experts)
    const degenerate = isDegenerate(overBothPhases(selected))
    const nexts = present(chunks.map(({ next }) => next))
    const nextDegenerate = nextLayer !== undefined && isDegenerate(overBothPhases(frequencies(nexts, model.experts)))
    const relation = (steps: ReadonlyArray<Steps>, to: number, flat: boolean, observation: Observation) => {
      const counts = jointCounts(steps, model.experts, { heldOut: settings.heldOut, taskHalf: settings.tasks?.halfOf })
      const input = { layerIndex, layer, nextLayer: to, degenerate: flat, steps, counts }
      return { counts, summary: wants(observation) ? relationLayer(input, settings) : undefined }
    }
    const phases = wants("prefillDecode")
    const crossLayer =
      nextLayer !== undefined && (phases || wants("crossLayer"))
        ? relation(present(chunks.map(layerSteps)), nextLayer, degenerate || nextDegenerate, "crossLayer")
        : undefined
    const crossToken =
      phases || wants("crossToken") ? relation(chunks.map(tokenSteps), layer, degenerate, "crossToken") : undefined
    const rows = requestRows(selections)
    return {
      position:
        wants("positionDrift") && windows.windows.length > 1
          ? positionLayer({ layer, degenerate, rows, windows }, settings)
          : undefined,
      requests:
        wants("requestDrift") && blocks !== undefined
          ? requestDriftLayer(
              layer,
              degenerate,
              requestCounts(selections, context.requests.length),
              model.experts,
              blocks
            )
          : undefined,
      reuse: wants("reuse")
        ? settings.batches.map((batch) => reuseLayer(layer, degenerate, rows, batch, settings))
        : [],
      crossLayer: crossLayer?.summary,
      crossToken: crossToken?.summary,
      phases:
        phases && crossToken !== undefined
          ? phaseLayer({
              layer,
              degenerate,
              nextDegenerate,
              selected,
              crossLayer: crossLayer?.counts,
              crossToken: crossToken.counts,
              seed: settings.bootstrap.seed
            })
          : undefined
    }
  }

  const thin = (summaries: Map<number, TemporalLayer>): void => {
    for (const relation of ["crossLayer", "crossToken"] as const) {
      const kept = keptMatrices(present([...summaries.values()].map((layer) => layer[relation])), context, settings)
      for (const [layerIndex, layer] of summaries) {
        const summary = layer[relation]
        if (summary?.matrix === undefined || kept.has(layerIndex)) continue
        summaries.set(layerIndex, { ...layer, [relation]: { ...summary, matrix: undefined } })
      }
    }
  }

  const conclude = (all: ReadonlyArray<TemporalLayer>): Pick<TemporalResult, W | "notMeasured"> => {
    const concluded = {
      crossLayer: () => concludeRelation(present(all.map((l) => l.crossLayer)), context, settings, crossLayerName),
      crossToken: () => concludeRelation(present(all.map((l) => l.crossToken)), context, settings, crossTokenName),
      prefillDecode: () => concludePhases(present(all.map((l) => l.phases)), context),
      positionDrift: () => concludePosition(present(all.map((l) => l.position)), context, windows, settings),
      requestDrift: () => concludeRequests(present(all.map((l) => l.requests)), context, blocks, settings.groups),
      reuse: () =>
        concludeReuse(
          all.map((l) => l.reuse),
          context,
          settings
        )
    }
    const notMeasured: Array<NotMeasured> = []
    const results = wanted.map((observation) => {
      const { result, notMeasured: gaps } = concluded[observation]()
      notMeasured.push(...gaps)
      return [observation, result]
    })
    const related = wants("crossLayer") || wants("crossToken")
    if (related && settings.tasks === undefined)
      notMeasured.push({ what: "coverage of relations across tasks", why: whyOneTask(context.requests) })
    return { ...Object.fromEntries(results), notMeasured }
  }
  return layerwise(context, { id, summarise, thin, conclude })
}

/** Ob1: the relation between a token's selections at one MoE layer and at the next. */
export const crossLayer = (context: TraceContext, options: TemporalOptions = {}) =>
  make("temporal.crossLayer", context, options, ["crossLayer"])

/** Ob2: the relation between the selections of one token and of the next, at the same layer. */
export const crossToken = (context: TraceContext, options: TemporalOptions = {}) =>
  make("temporal.crossToken", context, options, ["crossToken"])

/** Ob3: how alike the selections and relations of prefill and decode are. */
export const prefillDecode = (context: TraceContext, options: TemporalOptions = {}) =>
  make("temporal.prefillDecode", context, options, ["prefillDecode"])

/** How expert frequencies, hot sets and the cross-token relation change over the steps of a decode. */
export const positionDrift = (context: TraceContext, options: TemporalOptions = {}) =>
  make("temporal.positionDrift", context, options, ["positionDrift"])

/** How far blocks of requests, in trace order, are apart, against random orders of the same requests. */
export const requestDrift = (context: TraceContext, options: TemporalOptions = {}) =>
  make("temporal.requestDrift", context, options, ["requestDrift"])

/** Reuse distance of experts in decode: what a cache of N experts of a layer would hit. */
export const reuse = (context: TraceContext, options: TemporalOptions = {}) =>
  make("temporal.reuse", context, options, ["reuse"])

/** All temporal relations in one pass; joint counts are made once for all of them. */
export const temporalAccumulator = (
  context: TraceContext,
  options: TemporalOptions = {}
): Accumulator<TemporalState, TemporalResult> => make("temporal", context, options, observations)

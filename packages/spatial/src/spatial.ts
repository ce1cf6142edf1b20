/** The accumulators of the spatial relations. */
import {
  type Accumulator,
  type LayerChunk,
  type LayerSelections,
  layerwise,
  type LayerwiseState,
  shownLayers,
  type TraceContext,
  whyOneTask
} from "@moira/trace"
import { type NotMeasured, type SpatialResult } from "@moira/results"
import { groupings } from "./groups.ts"
import { settingsFor, type SpatialOptions } from "./options.ts"
import { coactivation } from "./coactivation.ts"
import { type LayerCounts, layerCounts } from "./layer-counts.ts"
import { heldOutPairs } from "./pair-held-out.ts"
import { pairLayer } from "./pair-layer.ts"
import { concludePairs, type JudgedPairs } from "./pairs.ts"
import { joinPools, type Pool } from "./pool.ts"
import { concludePopularity } from "./popularity.ts"
import { popularityLayer, type PopularitySummary } from "./popularity-layer.ts"
import { profileLayer, type ProfileSummary } from "./profile-layer.ts"
import { concludeDistances, concludeProfiles } from "./profiles.ts"
import { concludeSharing } from "./sharing.ts"
import { type Population, populationOf } from "./sharing-layer.ts"

type Part = "popularity" | "profiles" | "pairs"
type Field = Exclude<keyof SpatialResult, "notMeasured">

/** What is kept of one layer with recorded selections. */
export interface SpatialLayer {
  readonly popularity: PopularitySummary
  /** One for each grouping of the requests. */
  readonly profiles: ReadonlyArray<ProfileSummary>
  readonly pairs: JudgedPairs | undefined
}

export type SpatialState = LayerwiseState<SpatialLayer | undefined>

const present = <A>(values: Iterable<A | undefined>): ReadonlyArray<A> =>
  [...values].filter((value) => value !== undefined)

const make = <F extends Field>(
  id: string,
  context: TraceContext,
  options: SpatialOptions,
  wanted: ReadonlyArray<Part>
): Accumulator<SpatialState, Pick<SpatialResult, F | "notMeasured">> => {
  const settings = settingsFor(context, options)
  const { layers, model } = context
  const parts = wanted.includes("profiles") ? groupings(context.requests, settings.bootstrap.seed) : []

  const judgedPairs = (
    layerIndex: number,
    selections: ReadonlyArray<LayerSelections>,
    counts: LayerCounts,
    popular: PopularitySummary
  ): JudgedPairs | undefined => {
    const { degenerate, layer } = popular.result
    const matrices = coactivation(selections, settings)
    const selected = Uint32Array.from(popular.result.counts)
    const summary = pairLayer(layerIndex, layer, selected, matrices.all, degenerate)
    if (summary === undefined) return undefined
    return { ...summary, heldOut: heldOutPairs(summary, selections, matrices, counts, settings, model.routing) }
  }

  const summarise = (layerIndex: number, chunks: ReadonlyArray<LayerChunk>): SpatialLayer | undefined => {
    const selections = chunks.map(({ current }) => current)
    const counts = layerCounts(selections, settings)
    const popularity = popularityLayer(layerIndex, selections[0]!.layer, counts, settings)
    if (popularity === undefined) return undefined
    let population: Population | undefined
    const populationOfLayer = () => (population ??= populationOf(counts.byRequest, model.experts))
    return {
      popularity,
      profiles: parts.map((grouping) => profileLayer(counts.byRequest, model.experts, grouping, populationOfLayer)),
      pairs:
        wanted.includes("pairs") && model.topK > 1 ? judgedPairs(layerIndex, selections, counts, popularity) : undefined
    }
  }

  const shown = (summaries: Iterable<SpatialLayer | undefined>) =>
    shownLayers(
      present(summaries).map(({ popularity }) => ({
        layerIndex: popularity.layerIndex,
        degenerate: popularity.result.degenerate
      })),
      layers,
      settings.layers
    )

  const withPool = (layer: SpatialLayer, pool: Pool | undefined): SpatialLayer =>
    layer.pairs === undefined
      ? layer
      : { ...layer, pairs: { ...layer.pairs, heldOut: { ...layer.pairs.heldOut, pool } } }

  /** Pair counts of all layers are summed into those of the lowest, so that one sum is kept and not one a layer. */
  const poolTogether = (summaries: Map<number, SpatialLayer | undefined>): void => {
    const having = [...summaries].filter(([, layer]) => layer?.pairs?.heldOut.pool !== undefined)
    const lowest = having.toSorted(([a], [b]) => a - b)[0]
    if (having.length < 2 || lowest === undefined) return
    const pool = having.map(([, layer]) => layer!.pairs!.heldOut.pool!).reduce(joinPools)
    for (const [layerIndex, layer] of having) {
      summaries.set(layerIndex, withPool(layer!, layerIndex === lowest[0] ? pool : undefined))
    }
  }

  const thin = (summaries: Map<number, SpatialLayer | undefined>): void => {
    poolTogether(summaries)
    const kept = shown(summaries.values())
    for (const [layerIndex, layer] of summaries) {
      if (layer === undefined || kept.has(layerIndex)) continue
      summaries.set(layerIndex, {
        ...layer,
        profiles: layer.profiles.map((profile) => ({
          ...profile,
          counts: undefined,
          sharing: profile.sharing && { ...profile.sharing, experts: undefined }
        })),
        pairs: layer.pairs && { ...layer.pairs, matrix: undefined }
      })
    }
  }

  const notShown = (): ReadonlyArray<NotMeasured> =>
    (settings.layers ?? [])
      .filter((layer) => !layers.includes(layer))
      .map((layer) => ({
        what: `profiles and pairs of layer ${layer}`,
        why: `not an MoE layer of this trace; they are ${layers.join(", ")}`
      }))

  const conclude = (all: ReadonlyArray<SpatialLayer | undefined>) => {
    const summaries = present(all)
    const fields: Partial<Record<Field, unknown>> = {}
    const notMeasured: Array<NotMeasured> = []
    if (wanted.includes("popularity")) {
      const { result, notMeasured: gaps } = concludePopularity(
        summaries.map((layer) => layer.popularity),
        context,
        settings
      )
      fields.popularity = result
      notMeasured.push(...gaps)
    }
    if (wanted.includes("profiles")) {
      const profiled = summaries.map(({ popularity: { result }, profiles: summary }) => ({
        layer: result.layer,
        degenerate: result.degenerate,
        groupings: summary
      }))
      const { distances, notMeasured: gaps } = concludeDistances(profiled, parts)
      fields.profiles = concludeProfiles(profiled, parts, settings.topExperts)
      fields.distances = distances
      const { sharing, notMeasured: untold } = concludeSharing(profiled, parts)
      fields.sharing = sharing
      notMeasured.push(...gaps, ...untold)
    }
    if (wanted.includes("pairs")) {
      const { result, notMeasured: gaps } = concludePairs(
        present(summaries.map((layer) => layer.pairs)),
        context,
        settings
      )
      fields.pairs = result
      notMeasured.push(...gaps)
    }
    if (wanted.includes("profiles") || wanted.includes("pairs")) notMeasured.push(...notShown())
    const judged = wanted.includes("popularity") || wanted.includes("pairs")
    if (judged && settings.tasks === undefined)
      notMeasured.push({ what: "coverage of hot experts and pairs across tasks", why: whyOneTask(context.requests) })
    return { ...fields, notMeasured } as unknown as Pick<SpatialResult, F | "notMeasured">
  }
  return layerwise(context, { id, summarise, thin, conclude })
}

/** Ob4: how unevenly each layer's experts are selected, and how well the hot ones of some requests serve others. */
export const popularity = (context: TraceContext, options: SpatialOptions = {}) =>
  make<"popularity">("spatial.popularity", context, options, ["popularity"])

/** Ob4: the hottest experts of each task and language, and the distances between tasks and between languages. */
export const profiles = (context: TraceContext, options: SpatialOptions = {}) =>
  make<"profiles" | "distances" | "sharing">("spatial.profiles", context, options, ["profiles"])

/** Ob5: which experts one token activates together. */
export const pairs = (context: TraceContext, options: SpatialOptions = {}) =>
  make<"pairs">("spatial.pairs", context, options, ["pairs"])

/** All spatial relations in one pass. */
export const spatialAccumulator = (
  context: TraceContext,
  options: SpatialOptions = {}
): Accumulator<SpatialState, SpatialResult> =>
  make<Field>("spatial", context, options, ["popularity", "profiles", "pairs"])

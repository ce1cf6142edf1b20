/** The accumulators of the spatial relations. */
import {
  type Accumulator,
  type LayerChunk,
  layerwise,
  type LayerwiseState,
  type NotMeasured,
  shownLayers,
  type SpatialResult,
  type TraceContext
} from "@moira/trace"
import { groupings } from "./groups.ts"
import { settingsFor, type SpatialOptions } from "./options.ts"
import { pairLayer, type PairSummary } from "./pair-layer.ts"
import { concludePairs } from "./pairs.ts"
import { concludePopularity } from "./popularity.ts"
import { popularityLayer, type PopularitySummary } from "./popularity-layer.ts"
import { profileLayer, type ProfileSummary } from "./profile-layer.ts"
import { concludeDistances, concludeProfiles } from "./profiles.ts"

type Part = "popularity" | "profiles" | "pairs"
type Field = Exclude<keyof SpatialResult, "notMeasured">

/** What is kept of one layer with recorded selections. */
export interface SpatialLayer {
  readonly popularity: PopularitySummary
  /** One for each grouping of the requests. */
  readonly profiles: ReadonlyArray<ProfileSummary>
  readonly pairs: PairSummary | undefined
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

  const summarise = (layerIndex: number, chunks: ReadonlyArray<LayerChunk>): SpatialLayer | undefined => {
    const selections = chunks.map(({ current }) => current)
    const popularity = popularityLayer(layerIndex, selections, settings)
    if (popularity === undefined) return undefined
    return {
      popularity,
      profiles: parts.map((grouping) => profileLayer(selections, grouping)),
      pairs:
        wanted.includes("pairs") && model.topK > 1
          ? pairLayer(layerIndex, selections, popularity.result.degenerate)
          : undefined
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

  const thin = (summaries: Map<number, SpatialLayer | undefined>): void => {
    const kept = shown(summaries.values())
    for (const [layerIndex, layer] of summaries) {
      if (layer === undefined || kept.has(layerIndex)) continue
      summaries.set(layerIndex, {
        ...layer,
        profiles: layer.profiles.map((profile) => ({ ...profile, counts: undefined })),
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
      notMeasured.push(...gaps)
    }
    if (wanted.includes("pairs")) {
      const { result, notMeasured: gaps } = concludePairs(present(summaries.map((layer) => layer.pairs)), context)
      fields.pairs = result
      notMeasured.push(...gaps)
    }
    if (wanted.includes("profiles") || wanted.includes("pairs")) notMeasured.push(...notShown())
    return { ...fields, notMeasured } as unknown as Pick<SpatialResult, F | "notMeasured">
  }
  return layerwise(context, { id, summarise, thin, conclude })
}

/** Ob4: how unevenly each layer's experts are selected, and how well the hot ones of some requests serve others. */
export const popularity = (context: TraceContext, options: SpatialOptions = {}) =>
  make<"popularity">("spatial.popularity", context, options, ["popularity"])

/** Ob4: the hottest experts of each task and language, and the distances between tasks and between languages. */
export const profiles = (context: TraceContext, options: SpatialOptions = {}) =>
  make<"profiles" | "distances">("spatial.profiles", context, options, ["profiles"])

/** Ob5: which experts one token activates together. */
export const pairs = (context: TraceContext, options: SpatialOptions = {}) =>
  make<"pairs">("spatial.pairs", context, options, ["pairs"])

/** All spatial relations in one pass. */
export const spatial = (
  context: TraceContext,
  options: SpatialOptions = {}
): Accumulator<SpatialState, SpatialResult> =>
  make<Field>("spatial", context, options, ["popularity", "profiles", "pairs"])

/** What the patterns of a trace are told by. */
import type { Evidence } from "@moira/results"
import { percent, points, real, times } from "../../format.ts"
import type { Headline } from "../../reported-kind.ts"
import { rhoBands } from "./figures/prefill-rho.ts"
import { spatialOf, temporalOf } from "./found.ts"
import { crossLayerOf, crossTokenOf, lift, type NamedRelation } from "./relations.ts"

const relation = (named: NamedRelation | undefined): ReadonlyArray<Headline> => {
  const mean = named?.relation.mean
  if (named === undefined || mean === null || mean === undefined || mean.heldOut === null) return []
  const gain = lift(mean)
  const interval =
    mean.interval === null ? "" : `95 % interval ${percent(mean.interval[0])} to ${percent(mean.interval[1])}; `
  return [
    {
      value: percent(mean.heldOut),
      label: `of ${named.next}'s selections in the top 20 % of candidates, held out`,
      detail: `${interval}${
        gain === null || mean.popularity === null
          ? "popularity not measured"
          : `popularity alone ${percent(mean.popularity)}, lift ${points(gain)}`
      }`
    }
  ]
}

const phases = (evidence: Evidence): ReadonlyArray<Headline> => {
  const result = temporalOf(evidence)?.prefillDecode
  const mean = result?.mean.rhoFrequency
  if (result === null || result === undefined || mean === null || mean === undefined) return []
  const measured = result.layers.filter((l) => !l.degenerate && l.rhoFrequency !== null)
  const strong = measured.filter((l) => l.rhoFrequency! >= rhoBands.strong).length
  return [
    {
      value: real(mean),
      label: "rank correlation of expert use, prefill to decode",
      detail: `Spearman rho, mean over layers; ${strong} of ${measured.length} layers at ${rhoBands.strong} or more`
    }
  ]
}

/** Patterns in time. */
export const temporalHeadlines = (evidence: Evidence): ReadonlyArray<Headline> => [
  ...relation(crossLayerOf(evidence)),
  ...relation(crossTokenOf(evidence)),
  ...phases(evidence)
]

const skew = (evidence: Evidence): ReadonlyArray<Headline> => {
  const popularity = spatialOf(evidence)?.popularity
  const mean = popularity?.mean
  if (popularity === undefined || mean === null || mean === undefined) return []
  const greatest = Math.max(...popularity.layers.filter((l) => !l.degenerate).map((l) => l.skewMaxOverMean))
  return [
    {
      value: times(mean.skewMaxOverMean),
      label: "the mean load on the hottest expert of a layer",
      detail: `mean over layers; at most ${times(greatest)}`
    }
  ]
}

const pairs = (evidence: Evidence): ReadonlyArray<Headline> => {
  const mean = spatialOf(evidence)?.pairs?.mean
  if (mean === undefined) return []
  return [
    {
      value: percent(mean.top10Share),
      label: "of co-activations in the top 10 % of expert pairs",
      detail: `strongest pair ${times(mean.maxOverRandom)} the random expectation, mean over layers`
    }
  ]
}

/** Patterns in space. */
export const spatialHeadlines = (evidence: Evidence): ReadonlyArray<Headline> => [...skew(evidence), ...pairs(evidence)]

/** Where an expert foretells more than popularity does, how much more. */
export const temporalMessage = (evidence: Evidence, model: string): string | undefined => {
  for (const named of [crossLayerOf(evidence), crossTokenOf(evidence)]) {
    const mean = named?.relation.mean
    const gain = mean === null || mean === undefined ? null : lift(mean)
    if (named !== undefined && gain !== null && gain > 0) {
      return `${model}: an expert foretells ${points(gain).replace("+", "")} more of ${named.next} than popularity does`
    }
  }
  return undefined
}

/** How much work the hottest experts do. */
export const hottestMessage = (model: string, overMean: number | undefined): string | undefined =>
  overMean === undefined ? undefined : `The hottest experts of ${model} do ${times(overMean)} the mean work`

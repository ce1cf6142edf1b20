/** What the patterns of a trace are told by. */
import { greatestOf, mean as meanOf } from "@moira/core/statistics"
import type { Coverage, Evidence, PhaseLayer } from "@moira/results"
import { percent, points, real, times } from "../../format.ts"
import type { Headline } from "../../reported-kind.ts"
import { rhoBands } from "./figures/prefill-rho.ts"
import { spatialOf, temporalOf } from "./found.ts"
import { crossLayerOf, crossTokenOf, lift, type NamedRelation } from "./relations.ts"

/** What is left of a coverage from some tasks to others. */
const acrossWords = ({ acrossTasks }: Coverage): string => {
  if (acrossTasks === undefined) return "one task, so nothing says what holds for others"
  const [low, high] = acrossTasks.directions.toSorted((a, b) => a - b)
  return `from some tasks to others ${percent(acrossTasks.heldOut)} (${percent(low!)} to ${percent(high!)})`
}

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
      }; ${acrossWords(mean)}`
    }
  ]
}

/** What the number of tokens allows, so that few strong layers are not read as a finding where few can be. */
const allowed = (layers: ReadonlyArray<PhaseLayer>): string => {
  const ceilings = layers.flatMap(({ ceiling }) => ceiling?.rhoFrequency ?? [])
  if (ceilings.length === 0) return ""
  const possible = ceilings.filter((rho) => rho >= rhoBands.strong).length
  return `; the number of tokens allows ${real(meanOf(ceilings))}, and that much in ${possible}`
}

const phases = (evidence: Evidence): ReadonlyArray<Headline> => {
  const result = temporalOf(evidence)?.prefillDecode
  const rho = result?.mean.rhoFrequency
  if (result === null || result === undefined || rho === null || rho === undefined) return []
  const measured = result.layers.filter((l) => !l.degenerate && l.rhoFrequency !== null)
  const strong = measured.filter((l) => l.rhoFrequency! >= rhoBands.strong).length
  return [
    {
      value: real(rho),
      label: "rank correlation of expert use, prefill to decode",
      detail: `Spearman rho, mean over layers; ${strong} of ${measured.length} layers at ${rhoBands.strong} or more${allowed(measured)}`
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
  const greatest = greatestOf(popularity.layers.filter((l) => !l.degenerate).map((l) => l.skewMaxOverMean))
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

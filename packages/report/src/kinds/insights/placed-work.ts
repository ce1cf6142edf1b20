/** Insight 3: work is handed out knowing where experts lie. */
import { greatestOf, mean } from "@moira/core/statistics"
import type { PopularityLayer } from "@moira/results"
import {
  coverageEvidence,
  type InsightJudge,
  percentText,
  routingLayers,
  sureLift,
  untestable,
  verdictOf
} from "./insight.ts"
import { imbalance, lift } from "./thresholds.ts"

/** Loads of units that hold experts in order: expert e of E on unit floor(e x units / E). */
const contiguousLoads = (counts: ReadonlyArray<number>, units: number): Float64Array => {
  const loads = new Float64Array(units)
  counts.forEach((count, e) => (loads[Math.floor((e * units) / counts.length)]! += count))
  return loads
}

/** The greatest load over the mean, and the share of the work that must leave its unit for an even load. */
const spread = ({ counts }: PopularityLayer, units: number) => {
  const loads = contiguousLoads(counts, units)
  const even = loads.reduce((a, b) => a + b, 0) / units
  const excess = loads.reduce((sum, load) => sum + Math.max(0, load - even), 0)
  return { imbalance: greatestOf(loads) / even, moved: excess / (even * units) }
}

export const placedWork: InsightJudge = {
  number: 3,
  title: "Placement-aware work distribution",
  claim: "Work is to be handed out knowing where experts lie, since work that stays at home leaves units uneven",
  observations: ["Ob4", "Ob5"],
  judge: ({ spatial, input }, unitCounts) => {
    if (spatial === null) return untestable("the spatial analysis was not asked for")
    const { layers, mean: overLayers } = spatial.popularity
    const usual = routingLayers(layers)
    if (overLayers === null || usual.length === 0) {
      return untestable("no layer routes: one expert takes more than 95 % at every one, or there are no selections")
    }
    const sure = sureLift(overLayers.coverage)
    if (sure === null) return untestable("popularity was not measured held out")
    const fitting = unitCounts.filter((units) => units <= input.experts)
    // A layer cannot be spread over more units than it has experts.
    const sizes = fitting.length > 0 ? fitting : [input.experts]
    const found = sizes.map((units) => {
      const spreads = usual.map((layer) => ({ layer: layer.layer, ...spread(layer, units) }))
      const worst = spreads.reduce((most, one) => (one.imbalance > most.imbalance ? one : most))
      return {
        units,
        worst,
        imbalance: mean(spreads.map((one) => one.imbalance)),
        moved: mean(spreads.map(({ moved }) => moved))
      }
    })
    const first = found[0]!
    const verdict = verdictOf([
      { value: first.imbalance, bar: imbalance },
      { value: sure, bar: lift }
    ])
    return {
      verdict,
      because:
        `with experts in order on ${first.units} units the most loaded one bears ${first.imbalance.toFixed(2)} x the mean, ` +
        `and the hot 20 % of experts take ${percentText(overLayers.coverage.heldOut!)} of selections that they were not chosen on`,
      evidence: [
        ...coverageEvidence(
          "selections that the hottest 20 % of experts take, held out",
          overLayers.coverage,
          "even use"
        ),
        ...found.map(({ units, imbalance: value }) => ({
          what: `most loaded of ${units} units that hold experts in order, mean over layers`,
          unit: "factor" as const,
          value,
          interval: null,
          against: { what: "even load", value: 1 }
        }))
      ],
      parameter:
        verdict === "not supported"
          ? null
          : {
              advice: found
                .map(
                  ({ units, imbalance: over, moved, worst }) =>
                    `on ${units} units the most loaded bears ${over.toFixed(2)} x the mean (layer ${worst.layer}: ${worst.imbalance.toFixed(2)} x): ` +
                    `hand ${percentText(moved)} of the work to others`
                )
                .join("; "),
              values: {
                units: found.map(({ units }) => units),
                imbalance: found.map((one) => one.imbalance),
                moved_share: found.map(({ moved }) => moved)
              }
            }
    }
  }
}

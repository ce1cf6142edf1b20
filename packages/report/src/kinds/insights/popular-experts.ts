/** Insight 4: hot experts are to be duplicated and kept apart. */
import type { PopularityLayer } from "@moira/results"
import { coverageEvidence, type InsightJudge, percentText, routingLayers, untestable, verdictOf } from "./insight.ts"
import { concentration, hotOverMean } from "./thresholds.ts"

const hotOf = ({ counts }: PopularityLayer): ReadonlyArray<number> => {
  const bar = (hotOverMean * counts.reduce((a, b) => a + b, 0)) / counts.length
  return counts
    .flatMap((count, expert) => (count >= bar ? [{ count, expert }] : []))
    .toSorted((a, b) => b.count - a.count || a.expert - b.expert)
    .map(({ expert }) => expert)
}

/** Experts named in the advice. */
const maxNamed = 8

export const popularExperts: InsightJudge = {
  number: 4,
  title: "Popular expert decentralisation",
  claim: "A few experts of each layer are hot; they are to be duplicated and never to lie together",
  observations: ["Ob4"],
  judge: ({ spatial, input }) => {
    if (spatial === null) return untestable("the spatial analysis was not asked for")
    const { layers, mean, degenerateLayers } = spatial.popularity
    const usual = routingLayers(layers)
    if (mean === null || usual.length === 0) {
      return untestable("no layer routes: one expert takes more than 95 % at every one, or there are no selections")
    }
    const { heldOut, interval, popularity: even } = mean.coverage
    if (heldOut === null || even === null) {
      return untestable(
        "one side of the split has no selections, so that hot experts cannot be judged on other requests"
      )
    }
    const over = (interval?.[0] ?? heldOut) / even - 1
    const verdict = verdictOf([
      { value: over, bar: concentration },
      { value: mean.skewMaxOverMean, bar: { supported: hotOverMean, weak: 1 + concentration.weak } }
    ])
    const worst = usual.reduce((most, one) => (one.skewMaxOverMean > most.skewMaxOverMean ? one : most))
    const hot = hotOf(worst)
    const all = usual.reduce((sum, layer) => sum + hotOf(layer).length, 0)
    const alone = Math.floor(input.experts / worst.skewMaxOverMean) + 1
    const named = hot.slice(0, maxNamed)
    const top = mean.topN.find(({ experts }) => experts === 8) ?? mean.topN.at(-1)
    return {
      verdict,
      because:
        `the hottest 20 % of experts take ${percentText(heldOut)} of selections that they were not chosen on, ${percentText(even)} if use were even; ` +
        `the hottest expert of a layer is ${mean.skewMaxOverMean.toFixed(1)} x the mean`,
      evidence: [
        ...coverageEvidence("selections that the hottest 20 % of experts take, held out", mean.coverage, "even use"),
        ...(top === undefined || top.heldOut === null
          ? []
          : [
              {
                what: `selections that the ${top.experts} hottest experts of a layer take, held out`,
                unit: "share" as const,
                value: top.heldOut,
                interval: null,
                against: { what: "even use", value: top.experts / input.experts }
              }
            ]),
        {
          what: "hottest expert over the mean, mean over layers",
          unit: "factor",
          value: mean.skewMaxOverMean,
          interval: null,
          against: { what: "even use", value: 1 }
        }
      ],
      parameter:
        verdict === "not supported" || hot.length === 0
          ? null
          : {
              advice:
                `duplicate ${all} experts that bear at least ${hotOverMean} x the mean, ${(all / usual.length).toFixed(1)} a layer; ` +
                `layer ${worst.layer} is the most uneven: experts ${named.join(", ")}${hot.length > named.length ? ` and ${hot.length - named.length} more` : ""}. ` +
                `From ${alone} units on its hottest expert alone is more than one unit's share` +
                (degenerateLayers.length === 0
                  ? ""
                  : `. Layer${degenerateLayers.length > 1 ? "s" : ""} ${degenerateLayers.join(", ")} hardly route${degenerateLayers.length > 1 ? "" : "s"}: copy the one expert to every unit`),
              values: {
                layer: worst.layer,
                experts: hot,
                hot_experts_in_all_layers: all,
                units_from_which_copies_are_needed: alone
              }
            }
    }
  }
}

/** Insight 5: experts that tokens select together are to lie on different units. */
import type { AnalysisDocument, CountMatrix } from "@moira/results"
import {
  coverageEvidence,
  type InsightJudge,
  percentText,
  reasonOf,
  sureLift,
  untestable,
  verdictOf
} from "./insight.ts"
import { lift } from "./thresholds.ts"

type Pairs = NonNullable<NonNullable<AnalysisDocument["spatial"]>["pairs"]>

/** Pairs named in the advice. */
const maxNamed = 4

/** Pairs with most co-activations beyond what their popularity explains. */
const strongest = ({ size, counts }: CountMatrix) => {
  const row = Array.from({ length: size }, (_, i) =>
    counts.slice(i * size, (i + 1) * size).reduce((sum, count, j) => (i === j ? sum : sum + count), 0)
  )
  const all = row.reduce((a, b) => a + b, 0)
  return Array.from({ length: size }, (_, i) => i)
    .flatMap((i) =>
      Array.from({ length: size - i - 1 }, (_, n) => {
        const j = i + 1 + n
        const count = counts[i * size + j]!
        return { i, j, excess: count - (row[i]! * row[j]!) / Math.max(1, all) }
      })
    )
    .filter(({ excess }) => excess > 0)
    .toSorted((a, b) => b.excess - a.excess || a.i - b.i || a.j - b.j)
    .slice(0, maxNamed)
}

const adviceOf = ({ blocks, heatmaps }: Pairs) => {
  const shown = heatmaps[Math.floor(heatmaps.length / 2)]
  const pairs = shown === undefined ? [] : strongest(shown.matrix)
  const { common } = blocks
  return {
    advice: [
      ...(common?.found === true && common.contrast.heldOut !== null
        ? [
            `spread each of the ${common.blocks} blocks of ${common.sizes[0]} experts over all units: pairs within a block are ${common.contrast.heldOut.toFixed(1)} x those between blocks`
          ]
        : []),
      ...(pairs.length === 0
        ? []
        : [`at layer ${shown!.layer} keep apart ${pairs.map(({ i, j }) => `${i} and ${j}`).join(", ")}`]),
      "weigh it against communication, which grows with the units that a token needs"
    ].join("; "),
    values: {
      blocks: common?.found === true ? common.blocks : 0,
      ...(shown === undefined ? {} : { layer: shown.layer, pairs: pairs.flatMap(({ i, j }) => [i, j]) })
    }
  }
}

export const pairSeparation: InsightJudge = {
  number: 5,
  title: "Expert-pair separation",
  claim:
    "Some experts are selected together far more often than their popularity explains; they are to lie on different units",
  observations: ["Ob5"],
  judge: ({ spatial }) => {
    if (spatial === null) return untestable("the spatial analysis was not asked for")
    const { pairs, notMeasured } = spatial
    if (pairs === null) return untestable(reasonOf(notMeasured, /Ob5/, "no token activates two experts"))
    const { top10, maxOverRandom } = pairs.mean
    const sure = sureLift(top10)
    if (sure === null) return untestable("pairs were not judged on requests that they were not chosen on")
    const verdict = verdictOf([{ value: sure, bar: lift }])
    const { common } = pairs.blocks
    return {
      verdict,
      because: `the top 10 % of pairs hold ${percentText(top10.heldOut!)} of co-activations that they were not chosen on; the pairs of most popular experts hold ${percentText(top10.popularity!)}`,
      evidence: [
        ...coverageEvidence(
          "co-activations that the top 10 % of pairs hold, held out",
          top10,
          "pairs of the most popular experts"
        ),
        {
          what: "most frequent pair over what popularity explains, in sample, mean over layers",
          unit: "factor",
          value: maxOverRandom,
          interval: null,
          against: { what: "without a relation", value: 1 }
        },
        ...(common === null || common.contrast.heldOut === null
          ? []
          : [
              {
                what: `pairs within blocks common to layers over those between blocks, held out${common.found ? "" : " (no blocks found)"}`,
                unit: "factor" as const,
                value: common.contrast.heldOut,
                interval: common.contrast.interval,
                against: { what: "without a relation", value: 1 }
              }
            ])
      ],
      parameter: verdict === "not supported" ? null : adviceOf(pairs)
    }
  }
}

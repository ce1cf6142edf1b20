import { leastOf } from "@moira/core/statistics"
import type { CountsPhases } from "@moira/results"
import { lineChart } from "../../../drawing/lines.ts"
import { countsOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { real } from "../../../format.ts"
import { metricOf } from "../../../metric.ts"
import { figureWidth } from "../../../theme.ts"
import { degenerateNote } from "../../analysis/figures/degenerate.ts"
import { rhoBands } from "../../analysis/figures/prefill-rho.ts"
import { workloadColours } from "../../analysis/figures/workload-colours.ts"

/** What the number of selections allows. */
const allowed = ({ ceiling }: NonNullable<CountsPhases["mean"]>): string =>
  ceiling === undefined || ceiling.rhoFrequency === null
    ? ""
    : ` (as many selections allow ${real(ceiling.rhoFrequency)})`

/** Ob3 from counts: how well the frequencies of prefill rank those of decode. */
export const countsRho = figure("counts-rho", "phases", (evidence) => {
  const phases =
    countsOf(evidence)?.phases?.filter(({ layers }) =>
      layers.some((of) => !of.degenerate && of.rhoFrequency !== null)
    ) ?? []
  if (phases.length === 0) return undefined
  const colours = workloadColours(phases.map(({ decode }) => decode))
  const shaded = [...new Set(phases.flatMap(({ layers }) => layers.flatMap((of) => (of.degenerate ? [of.layer] : []))))]
  const low = Math.min(0, leastOf(phases.flatMap(({ layers }) => layers.map((of) => of.rhoFrequency ?? 0))))
  const means = phases.flatMap(({ decode, mean }) =>
    mean === null || mean.rhoFrequency === null ? [] : [`${real(mean.rhoFrequency)} for ${decode}${allowed(mean)}`]
  )
  return {
    title: "Does prefill foretell decode? Rank correlation of counts (Ob3)",
    caption:
      `${metricOf("spearman_rho").title} of how often each expert was selected, prefill against decode of the same workload; ` +
      `in the mean ${means.join(", ")}.${degenerateNote(shaded)}`,
    picture: lineChart({
      lines: phases.map(({ decode, layers }) => ({
        label: decode,
        colour: colours.get(decode)!,
        points: layers.map((of) => ({ x: of.layer, y: of.degenerate ? null : of.rhoFrequency }))
      })),
      x: "MoE layer",
      y: { label: "Spearman rho", domain: [Math.floor(low * 5) / 5, 1], format: (v) => v.toFixed(1) },
      levels: [
        { y: rhoBands.strong, label: `strong from ${rhoBands.strong}` },
        { y: rhoBands.moderate, label: `weak to ${rhoBands.moderate}` }
      ],
      shaded,
      width: figureWidth.full,
      height: 340
    })
  }
})

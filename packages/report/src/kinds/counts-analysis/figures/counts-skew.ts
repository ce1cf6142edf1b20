import { greatestOf } from "@moira/core/statistics"
import { lineChart } from "../../../drawing/lines.ts"
import { niceCeil } from "../../../drawing/ticks.ts"
import { countsOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { tick, times } from "../../../format.ts"
import { metricOf, sentence } from "../../../metric.ts"
import { figureWidth } from "../../../theme.ts"
import { degenerateNote } from "../../analysis/figures/degenerate.ts"
import { workloadColours } from "../../analysis/figures/workload-colours.ts"

/** Ob4 from counts: how far the hottest expert of each layer stands above the mean, workload by workload. */
export const countsSkew = figure("counts-skew", "spatial", (evidence) => {
  const workloads = countsOf(evidence)?.workloads?.filter(({ layers }) => layers.some((of) => !of.degenerate)) ?? []
  if (workloads.length === 0) return undefined
  const colours = workloadColours(workloads.map(({ workload }) => workload))
  const shaded = [...new Set(workloads.flatMap(({ degenerateLayers }) => degenerateLayers))]
  const most = greatestOf(
    workloads.flatMap(({ layers }) => layers.filter((of) => !of.degenerate).map((of) => of.skewMaxOverMean))
  )
  return {
    title: "How hot the hottest expert runs, by workload (Ob4)",
    caption:
      `${sentence(metricOf("skew_max_over_mean").definition)}, by layer, from counts. Dashed lines are prefill.` +
      degenerateNote(shaded),
    picture: lineChart({
      lines: workloads.map(({ workload, phase, layers }) => ({
        label: workload,
        colour: colours.get(workload)!,
        points: layers.map((of) => ({ x: of.layer, y: of.degenerate ? null : of.skewMaxOverMean })),
        ...(phase === "prefill" ? { dash: "6 3" } : {})
      })),
      x: "MoE layer",
      y: { label: "Hottest expert over the mean", domain: [0, niceCeil(most)], format: tick(times) },
      levels: [{ y: 1, label: "even" }],
      shaded,
      width: figureWidth.full,
      height: 380
    })
  }
})

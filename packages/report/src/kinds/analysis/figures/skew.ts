import { lineChart } from "../../../drawing/lines.ts"
import { niceCeil } from "../../../drawing/ticks.ts"
import { spatialOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { tick, times } from "../../../format.ts"
import { metricOf, sentence } from "../../../metric.ts"
import { figureWidth, hue } from "../../../theme.ts"
import { degenerateNote } from "./degenerate.ts"

/** Ob4: how far the hottest expert of each layer stands above the mean. */
export const skew = figure("skew", "spatial", (evidence) => {
  const popularity = spatialOf(evidence)?.popularity
  const layers = popularity?.layers.filter((l) => !l.degenerate) ?? []
  if (popularity === undefined || layers.length === 0) return undefined
  const hottest = layers.reduce((a, b) => (b.skewMaxOverMean > a.skewMaxOverMean ? b : a))
  return {
    title: "How hot the hottest expert runs (Ob4)",
    caption:
      `${sentence(metricOf("skew_max_over_mean").definition)}, by layer. Greatest at layer ${hottest.layer}: ` +
      `${times(hottest.skewMaxOverMean)} the mean.${degenerateNote(popularity.degenerateLayers)}`,
    picture: lineChart({
      lines: [
        {
          label: "",
          colour: hue.orange,
          points: popularity.layers.map((l) => ({ x: l.layer, y: l.degenerate ? null : l.skewMaxOverMean }))
        }
      ],
      x: "MoE layer",
      y: { label: "Hottest expert over the mean", domain: [0, niceCeil(hottest.skewMaxOverMean)], format: tick(times) },
      levels: [{ y: 1, label: "even" }],
      shaded: popularity.degenerateLayers,
      width: figureWidth.half,
      height: 340
    })
  }
})

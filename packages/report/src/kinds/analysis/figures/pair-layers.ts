import { lineChart } from "../../../drawing/lines.ts"
import { decades } from "../../../drawing/ticks.ts"
import { spatialOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { integer, times } from "../../../format.ts"
import { figureWidth, hue } from "../../../theme.ts"

/** Ob5: the strongest pair of each layer against independent choices. */
export const pairLayers = figure("pair-layers", "spatial", (evidence) => {
  const pairs = spatialOf(evidence)?.pairs
  if (pairs === null || pairs === undefined || pairs.layers.length === 0) return undefined
  const [low, high] = decades(pairs.layers.map((l) => l.maxOverRandom))
  return {
    title: "The strongest pair of each layer (Ob5)",
    caption: `Greatest count of a pair over the count expected of independent choices with the same popularity; ${times(pairs.mean.maxOverRandom)} in the mean.`,
    picture: lineChart({
      lines: [
        {
          label: "",
          colour: hue.purple,
          points: pairs.layers.map((l) => ({ x: l.layer, y: l.maxOverRandom > 0 ? l.maxOverRandom : null }))
        }
      ],
      x: "MoE layer",
      y: {
        label: "Count over random expectation (log scale)",
        domain: [Math.min(1, low), high],
        log: true,
        format: (v) => `${integer(v)}×`
      },
      width: figureWidth.half,
      height: 400
    })
  }
})

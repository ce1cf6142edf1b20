import { curveChart, meanCurve } from "../../../drawing/curves.ts"
import { spatialOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { percent } from "../../../format.ts"
import { figureWidth, hue } from "../../../theme.ts"

/** Ob5: how much of all co-activation the most frequent pairs hold (Figure 9 of the study). */
export const pairCdf = figure("pair-cdf", "spatial", (evidence) => {
  const pairs = spatialOf(evidence)?.pairs
  const layers = pairs?.layers.filter((l) => l.cdf.length > 1) ?? []
  if (pairs === null || pairs === undefined || layers.length === 0) return undefined
  const curve = (ys: ReadonlyArray<number>) => ({ xs: ys.map((_, k) => k / (ys.length - 1)), ys })
  return {
    title: "Few pairs hold most co-activations (Ob5)",
    caption: `Thin lines are layers, the thick line their mean. The 10 % most frequent pairs hold ${percent(pairs.mean.top10Share)} in the mean.`,
    picture: curveChart({
      x: "Share of expert pairs, most frequent first",
      y: "Share of co-activations",
      mark: 0.1,
      width: figureWidth.half,
      height: 400,
      groups: [
        {
          label: "mean over layers",
          colour: hue.purple,
          each: layers.map((l) => curve(l.cdf)),
          mean: curve(meanCurve(layers.map((l) => l.cdf)))
        }
      ]
    })
  }
})

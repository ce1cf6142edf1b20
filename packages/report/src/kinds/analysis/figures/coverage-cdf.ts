import type { RelationLayer } from "@moira/results"
import { curveChart, meanCurve } from "../../../drawing/curves.ts"
import { row } from "../../../drawing/picture.ts"
import { figure } from "../../../figure.ts"
import { relationsOf } from "../relations.ts"
import { figureWidth, hue } from "../../../theme.ts"

/** With the origin in front, so that curves start at nothing. */
const curve = (cdf: ReadonlyArray<number>) => ({
  xs: [0, ...cdf.map((_, k) => (k + 1) / cdf.length)],
  ys: [0, ...cdf]
})

/** Cumulative coverage of the average and of the most selected expert (Figures 4 and 5 of the study). */
export const coverageCdf = figure("coverage-cdf", "temporal", (evidence) => {
  const panels = relationsOf(evidence).flatMap(({ title, relation }) => {
    const layers: ReadonlyArray<RelationLayer> = relation.layers.filter((l) => !l.degenerate && l.cdf.length > 0)
    if (layers.length === 0) return []
    return [
      curveChart({
        title,
        x: "Share of candidate experts, best first",
        y: "Share of selections covered, in sample",
        mark: 0.2,
        width: figureWidth.half,
        height: 420,
        groups: [
          {
            label: "most selected expert",
            colour: hue.orange,
            dash: "7 4",
            each: [],
            mean: curve(meanCurve(layers.map((l) => l.topExpertCdf)))
          },
          {
            label: "average expert",
            colour: hue.blue,
            each: layers.map((l) => curve(l.cdf)),
            mean: curve(meanCurve(layers.map((l) => l.cdf)))
          }
        ]
      })
    ]
  })
  if (panels.length === 0) return undefined
  return {
    title: "How few candidates cover how much",
    caption:
      "Thin lines are single layers, thick lines their mean. In sample, as the study draws it: with few requests these " +
      "curves are too high, and the held-out figures above are the ones to plan with.",
    picture: row(panels, figureWidth.full - 2 * figureWidth.half)
  }
})

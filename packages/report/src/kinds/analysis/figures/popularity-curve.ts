import { greatestOf, leastOf } from "@moira/core/statistics"
import * as Plot from "@observablehq/plot"
import { meanCurve } from "../../../drawing/curves.ts"
import { plot, xAxis, yAxis } from "../../../drawing/plot.ts"
import { label } from "../../../drawing/svg.ts"
import { integerTicks, logTicks } from "../../../drawing/ticks.ts"
import { spatialOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { colour, figureWidth, fontSize, hue } from "../../../theme.ts"
import { overMean } from "./popularity.ts"

const margin = { left: 56, right: 22, top: 32, bottom: 54 }

/** Ob4: experts from the most to the least selected, one thin line a layer. */
export const popularityCurve = figure("popularity-curve", "spatial", (evidence) => {
  const layers = spatialOf(evidence)?.popularity.layers.filter((l) => !l.degenerate && l.counts.length > 1) ?? []
  if (layers.length === 0) return undefined
  const curves = layers.map((l) => overMean(l.counts).toSorted((a, b) => b - a))
  const mean = meanCurve(curves)
  const floor = 0.01
  const points = (curve: ReadonlyArray<number>) => {
    const step = Math.max(1, Math.ceil(curve.length / 64))
    return curve.flatMap((y, k) =>
      k < 8 || k % step === 0 || k === curve.length - 1 ? [{ x: k + 1, y: Math.max(floor, y) }] : []
    )
  }
  const top = Math.max(2, greatestOf(curves.map((c) => c[0] ?? 0))) * 1.15
  const bottom = Math.max(floor, Math.min(0.5, leastOf(mean.map((v) => Math.max(floor, v)))) / 1.5)
  const height = 340
  const frame = plot({
    width: figureWidth.half,
    height,
    marginLeft: margin.left,
    marginRight: margin.right,
    marginTop: margin.top,
    marginBottom: margin.bottom,
    x: { type: "linear", domain: [1, mean.length] },
    y: { type: "log", domain: [bottom, top], clamp: true },
    marks: [
      ...yAxis(
        { label: "Selections over the mean (log scale)", ticks: logTicks(bottom, top), format: (v) => `${v}×` },
        margin.left
      ),
      ...xAxis({
        label: "Rank of the expert, most selected first",
        ticks: [1, ...integerTicks(1, mean.length, 5).filter((v) => v > mean.length / 12)],
        format: String
      }),
      Plot.ruleY([1], { stroke: colour.muted, strokeDasharray: "2 3" }),
      ...curves.map((curve) =>
        Plot.lineY(points(curve), { x: "x", y: "y", stroke: hue.orange, strokeOpacity: 0.25, strokeWidth: 0.8 })
      ),
      Plot.lineY(points(mean), { x: "x", y: "y", stroke: hue.orange, strokeWidth: 3 })
    ]
  })
  const even = label(figureWidth.half - margin.right - 4, frame.y(1) - 9, "even", {
    anchor: "end",
    "font-size": fontSize.small,
    fill: colour.muted
  })
  return {
    title: "Popularity by rank",
    caption:
      "Thin lines are layers, the thick line their mean. Where it crosses 1 the rest of the experts do less than their " +
      `share.${curves.some((c) => c.some((v) => v < floor)) ? ` Less than ${floor}× is drawn as ${floor}×.` : ""}`,
    picture: { width: figureWidth.half, height, body: frame.body + even }
  }
})

/** Cumulative curves: thin lines of single layers, their mean, the uniform diagonal and a marked share. */
import * as Plot from "@observablehq/plot"
import { percent, percentTick } from "../format.ts"
import { colour, fontSize } from "../theme.ts"
import type { Picture } from "./picture.ts"
import { plot, xAxis, yAxis } from "./plot.ts"
import { element, label } from "./svg.ts"
import { spread } from "./text.ts"

/** `curve[k]` is the share held by the first `xs[k]` of the candidates, both from 0 to 1. */
export interface Curve {
  readonly xs: ReadonlyArray<number>
  readonly ys: ReadonlyArray<number>
}

export interface CurveGroup {
  readonly label: string
  readonly colour: string
  readonly dash?: string
  /** Thin lines; none for a group that shows its mean only. */
  readonly each: ReadonlyArray<Curve>
  readonly mean: Curve
}

export interface CurveChart {
  readonly title?: string
  readonly groups: ReadonlyArray<CurveGroup>
  readonly x: string
  readonly y: string
  /** Share of candidates at which the means are read off. */
  readonly mark: number
  readonly width: number
  readonly height: number
}

/** The mean of curves of equal length, point by point. */
export const meanCurve = (curves: ReadonlyArray<ReadonlyArray<number>>): Array<number> =>
  Array.from(curves[0] ?? [], (_, k) => curves.reduce((sum, c) => sum + (c[k] ?? 0), 0) / curves.length)

/** Every point of a short curve; about `most` of a long one, always with its ends and its steep beginning. */
const thinned = ({ xs, ys }: Curve, most: number) => {
  const step = Math.max(1, Math.ceil(xs.length / most))
  return xs.flatMap((x, k) => (k < 10 || k % step === 0 || k === xs.length - 1 ? [{ x, y: ys[k]! }] : []))
}

/** Height of a curve at `x`, on straight lines between its points. */
export const heightAt = ({ xs, ys }: Curve, x: number): number => {
  const k = xs.findIndex((v) => v >= x - 1e-12)
  if (k <= 0) return ys[Math.max(0, k)] ?? 0
  const f = (x - xs[k - 1]!) / (xs[k]! - xs[k - 1]!)
  return ys[k - 1]! * (1 - f) + ys[k]! * f
}

const margin = 58

export const curveChart = ({ title, groups, x, y, mark, width, height }: CurveChart): Picture => {
  const top = title === undefined ? 32 : 62
  const tick = { ticks: [0, 0.2, 0.4, 0.6, 0.8, 1], format: percentTick }
  const frame = plot({
    width,
    height,
    marginLeft: margin,
    marginRight: 30,
    marginTop: top,
    marginBottom: 54,
    x: { type: "linear", domain: [0, 1] },
    y: { type: "linear", domain: [0, 1] },
    marks: [
      ...yAxis({ label: y, ...tick }, margin),
      ...xAxis({ label: x, ...tick }),
      Plot.line(
        [
          [0, 0],
          [1, 1]
        ],
        { stroke: colour.muted, strokeDasharray: "2 4" }
      ),
      Plot.ruleX([mark], { stroke: colour.muted, strokeDasharray: "4 3" }),
      ...groups.flatMap((group) =>
        group.each.map((curve) =>
          Plot.lineY(thinned(curve, 40), {
            x: "x",
            y: "y",
            stroke: group.colour,
            strokeWidth: 0.8,
            strokeOpacity: 0.28
          })
        )
      ),
      ...groups.flatMap((group) => [
        Plot.lineY(thinned(group.mean, 130), {
          x: "x",
          y: "y",
          stroke: group.colour,
          strokeWidth: 3,
          strokeDasharray: group.dash ?? "none"
        }),
        Plot.dot([group.mean], {
          x: mark,
          y: (curve: Curve) => heightAt(curve, mark),
          r: 5.5,
          fill: group.colour,
          stroke: colour.surface,
          strokeWidth: 1.5
        })
      ])
    ]
  })
  const heights = groups.map((group) => heightAt(group.mean, mark))
  const placed = spread(
    heights.map((h) => frame.y(h) + 22),
    20,
    top + 10,
    frame.y(mark) - 12
  )
  const texts = groups.map((group, i) => {
    const from = [frame.x(mark) + 5, frame.y(heights[i]!) + 3]
    const to = [frame.x(mark) + 30, placed[i]!]
    return (
      element("path", {
        d: `M${from.map(Math.round).join(",")}L${to.map(Math.round).join(",")}`,
        stroke: group.colour,
        "stroke-opacity": 0.6,
        fill: "none"
      }) +
      label(to[0]! + 4, to[1]!, `${percent(heights[i]!, 0)}  ${group.label}`, {
        "font-size": fontSize.body,
        "font-weight": 600,
        fill: group.colour,
        stroke: colour.surface,
        "stroke-width": 4,
        "stroke-linejoin": "round",
        "paint-order": "stroke"
      })
    )
  })
  const heading = title === undefined ? "" : label(0, 10, title, { "font-weight": 600, "font-size": fontSize.body })
  const uniform = label(frame.x(0.72), frame.y(0.72) + 16, "uniform", {
    "font-size": fontSize.small,
    fill: colour.muted
  })
  return { width, height, body: heading + frame.body + uniform + texts.join("") }
}

import * as Plot from "@observablehq/plot"
import { plot, xAxis } from "../../../drawing/plot.ts"
import { label } from "../../../drawing/svg.ts"
import { temporalOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { percent, percentTick } from "../../../format.ts"
import { colour, figureWidth, fontSize, hue } from "../../../theme.ts"

const rowHeight = 46
const left = 84
const right = 84
const footer = 56

/** Ob3: how many of prefill's most selected experts are decode's as well (Figure 7 of the study). */
export const prefillOverlap = figure("prefill-overlap", "phases", (evidence) => {
  const result = temporalOf(evidence)?.prefillDecode
  if (result === null || result === undefined) return undefined
  const sound = result.layers.filter((l) => !l.degenerate)
  const rows = (
    [
      ["Top 5", "overlapTop5"],
      ["Top 10", "overlapTop10"],
      ["Top 20", "overlapTop20"]
    ] as const
  ).flatMap(([title, id], i) => {
    const mean = result.mean[id]
    const ceiling = result.mean.ceiling?.[id] ?? null
    return mean === null
      ? []
      : [{ title, mean, ceiling, y: i * rowHeight + rowHeight / 2, each: sound.map((l) => l[id]) }]
  })
  if (rows.length === 0) return undefined
  const height = 3 * rowHeight + footer
  // Overlaps are multiples of 1/5, 1/10 or 1/20, so many layers share a place.
  const bubbles = rows.flatMap(({ each, y }) =>
    [...Map.groupBy(each, (x) => x)].map(([x, layers]) => ({ x, y, r: 15 * Math.sqrt(layers.length / sound.length) }))
  )
  const frame = plot({
    width: figureWidth.full,
    height,
    marginLeft: left,
    marginRight: right,
    marginTop: 0,
    marginBottom: footer,
    x: { type: "linear", domain: [0, 1] },
    r: { type: "identity" },
    y: { type: "linear", domain: [height - footer, 0] },
    marks: [
      ...xAxis(
        {
          label: "Share of prefill's most selected experts that are decode's as well",
          ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
          format: percentTick
        },
        true
      ),
      Plot.rect(rows, {
        x1: 0,
        x2: "mean",
        y1: (r: { y: number }) => r.y - 14,
        y2: (r: { y: number }) => r.y + 14,
        fill: hue.blue,
        fillOpacity: 0.25,
        rx: 1.5
      }),
      Plot.ruleX(rows, {
        x: "mean",
        y1: (r: { y: number }) => r.y - 16,
        y2: (r: { y: number }) => r.y + 16,
        stroke: hue.blue,
        strokeWidth: 3
      }),
      Plot.ruleX(
        rows.filter(({ ceiling }) => ceiling !== null),
        {
          x: "ceiling",
          y1: (r: { y: number }) => r.y - 16,
          y2: (r: { y: number }) => r.y + 16,
          stroke: colour.muted,
          strokeWidth: 2,
          strokeDasharray: "4 3"
        }
      ),
      Plot.dot(bubbles, { x: "x", y: "y", r: "r", fill: hue.blue, fillOpacity: 0.8, stroke: colour.surface }),
      Plot.ruleX([0], { stroke: colour.axis })
    ]
  })
  const texts = rows.map(
    ({ title, mean, y }) =>
      label(left - 10, y, title, { anchor: "end" }) +
      label(figureWidth.full - right + 22, y, percent(mean, 0), {
        "font-weight": 700,
        "font-size": fontSize.strong,
        fill: hue.blue
      })
  )
  return {
    title: "Prefill's hottest experts in decode (Ob3)",
    caption:
      "Bars and numbers are means over layers; the area of a circle is the number of layers with that overlap. " +
      "Dashed is what the number of tokens allows: the larger phase against itself, thinned to the size of the smaller.",
    picture: { width: figureWidth.full, height, body: frame.body + texts.join("") }
  }
})

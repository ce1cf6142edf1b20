/** Bars to both sides of 1 on a log scale: what each of several things multiplies another by. */
import { greatestOf, leastOf } from "@moira/core/statistics"
import * as Plot from "@observablehq/plot"
import { colour, fontSize } from "../theme.ts"
import type { Picture } from "./picture.ts"
import { plot, xAxis } from "./plot.ts"
import { label } from "./svg.ts"
import { boldWidth, fitText, textWidth } from "./text.ts"
import { logTicks } from "./ticks.ts"

export interface TornadoRow {
  readonly label: string
  /** Above 0. */
  readonly factor: number
  /** Of several; a thin line over the bar. */
  readonly range: readonly [number, number]
  readonly colour: string
  /** Written at the right, and after it, paler. */
  readonly text: string
  readonly note: string
}

const [rowHeight, footer] = [34, 58]

export const tornado = (
  rows: ReadonlyArray<TornadoRow>,
  axis: { readonly label: string; readonly format: (value: number) => string },
  width: number
): Picture => {
  const names = Math.min(width * 0.3, 14 + greatestOf(rows.map((row) => textWidth(row.label, fontSize.body))))
  const texts = 16 + greatestOf(rows.map((row) => boldWidth(row.text, fontSize.body)))
  const room = texts + 10 + greatestOf(rows.map((row) => textWidth(row.note, fontSize.body)))
  const height = 4 + rows.length * rowHeight + footer
  const values = [1, ...rows.flatMap(({ factor, range }) => [factor, ...range])]
  const low = Math.min(leastOf(values) / 1.1, 1 / 1.25)
  const high = Math.max(greatestOf(values) * 1.1, 1.25)
  const middle = (i: number) => 4 + (i + 0.5) * rowHeight
  const placed = rows.map((row, i) => ({
    x1: Math.min(1, row.factor),
    x2: Math.max(1, row.factor),
    y1: middle(i) - 11,
    y2: middle(i) + 11,
    low: row.range[0],
    high: row.range[1],
    y: middle(i),
    fill: row.colour
  }))
  const frame = plot({
    width,
    height,
    marginLeft: names,
    marginRight: room,
    marginTop: 0,
    marginBottom: footer,
    x: { type: "log", domain: [low, high] },
    y: { type: "linear", domain: [height - footer, 0] },
    marks: [
      ...xAxis(
        {
          label: axis.label,
          ticks: logTicks(low, high, Math.max(2, (width - names - room) / 60)),
          format: axis.format
        },
        true
      ),
      Plot.rect(placed, { x1: "x1", x2: "x2", y1: "y1", y2: "y2", fill: "fill", rx: 1.5 }),
      Plot.ruleY(
        placed.filter((one) => one.high > one.low * 1.001),
        { y: "y", x1: "low", x2: "high", stroke: colour.ink, strokeWidth: 1.2 }
      ),
      Plot.ruleX([1], { stroke: colour.axis })
    ]
  })
  const labels = rows.map((row, i) => {
    const y = middle(i)
    return (
      label(names - 9, y, fitText(row.label, fontSize.body, names - 10), {
        anchor: "end",
        "font-size": fontSize.body
      }) +
      label(width - room + 8, y, row.text, { "font-size": fontSize.body, "font-weight": 600 }) +
      label(width - room + texts + 2, y, row.note, { "font-size": fontSize.body, fill: colour.muted })
    )
  })
  return { width, height, body: frame.body + labels.join("") }
}

/** A sum as a cascade: each bar begins where the one above ends, the last is the whole. */
import * as Plot from "@observablehq/plot"
import { greatestOf, sum } from "@moira/core/statistics"
import { colour, fontSize } from "../theme.ts"
import type { Picture } from "./picture.ts"
import { plot, xAxis } from "./plot.ts"
import { label } from "./svg.ts"
import { boldWidth, textWidth } from "./text.ts"
import { linearTicks } from "./ticks.ts"

export interface WaterfallStep {
  readonly label: string
  readonly value: number
  readonly colour: string
}

export interface Waterfall {
  readonly title: string
  /** From 0 on. */
  readonly steps: ReadonlyArray<WaterfallStep>
  /** What the whole is called. */
  readonly total: string
  readonly x: { readonly label: string; readonly format: (value: number) => string; readonly max: number }
  readonly width: number
}

const [rowHeight, footer, head] = [28, 58, 28]

export const waterfall = ({ title, steps, total, x, width }: Waterfall): Picture => {
  const whole = sum(steps.map(({ value }) => value))
  const rows = [...steps, { label: total, value: whole, colour: colour.muted }]
  const names = 14 + greatestOf(rows.map((row) => textWidth(row.label, fontSize.body)))
  const room = 20 + greatestOf(rows.map((row) => boldWidth(x.format(row.value), fontSize.body)))
  const height = head + rows.length * rowHeight + footer
  const bars = rows.map((row, i) => {
    const from = i === rows.length - 1 ? 0 : sum(steps.slice(0, i).map(({ value }) => value))
    const middle = head + (i + 0.5) * rowHeight
    return { ...row, from, to: from + row.value, middle, y1: middle - 10, y2: middle + 10 }
  })
  const ticks = linearTicks(0, x.max, Math.max(2, Math.floor((width - names - room) / 78)))
  const frame = plot({
    width,
    height,
    marginLeft: names,
    marginRight: room,
    marginTop: head,
    marginBottom: footer,
    x: { type: "linear", domain: [0, x.max] },
    y: { type: "linear", domain: [height - footer, head] },
    marks: [
      ...xAxis({ label: x.label, ticks, format: x.format }, true),
      Plot.rect(
        bars.filter(({ from, to }) => to > from),
        { x1: "from", x2: "to", y1: "y1", y2: "y2", fill: "colour", rx: 1.5 }
      ),
      Plot.ruleX([0], { stroke: colour.axis })
    ]
  })
  const texts = bars.map(
    (bar) =>
      label(names - 9, bar.middle, bar.label, { anchor: "end", "font-size": fontSize.body }) +
      label(frame.x(bar.to) + 7, bar.middle, x.format(bar.value), { "font-size": fontSize.body, "font-weight": 600 })
  )
  const heading = label(0, 10, title, { "font-weight": 600, "font-size": fontSize.body })
  return { width, height, body: heading + frame.body + texts.join("") }
}

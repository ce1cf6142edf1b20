/** Dots on two scales, some of them named, with a line through those that no other beats. */
import { greatestOf, leastOf } from "@moira/core/statistics"
import * as Plot from "@observablehq/plot"
import { colour, fontSize } from "../theme.ts"
import type { Picture } from "./picture.ts"
import { plot, xAxis, yAxis } from "./plot.ts"
import { element, label } from "./svg.ts"
import { fitText, spread, textWidth } from "./text.ts"
import { linearTicks, logTicks } from "./ticks.ts"

export interface ScatterDot {
  readonly x: number
  readonly y: number
  readonly colour: string
  /** A ring otherwise. */
  readonly filled: boolean
  /** Written beside the dot. */
  readonly name?: string
}

interface ScatterAxis {
  readonly label: string
  readonly format: (value: number) => string
}

export interface Scatter {
  readonly dots: ReadonlyArray<ScatterDot>
  /** From left to right; drawn as steps. */
  readonly line: ReadonlyArray<{ readonly x: number; readonly y: number }>
  readonly x: ScatterAxis
  readonly y: ScatterAxis
  readonly width: number
  readonly height: number
}

/** Values further apart than this are told on a log scale. */
const logFrom = 12

interface Scale {
  readonly log: boolean
  readonly domain: readonly [number, number]
  readonly ticks: ReadonlyArray<number>
}

/** Room around all values; from 0 on a linear scale where they do not lie close together far from it. */
const scaleOf = (values: ReadonlyArray<number>, most: number): Scale => {
  const [low, high] = [leastOf(values), greatestOf(values)]
  if (low > 0 && high / low > logFrom) {
    const domain = [low / 1.3, high * 1.3] as const
    return { log: true, domain, ticks: logTicks(...domain, most) }
  }
  const room = high > low ? 0.08 * (high - low) : Math.abs(high) / 10 || 1
  const from = low > 0 && low - room < 0.35 * high ? 0 : low - room
  const domain = [from, high + room] as const
  return { log: false, domain, ticks: linearTicks(...domain, most) }
}

const size = fontSize.small + 1

const axisLabel = ({ label: text }: ScatterAxis, { log }: Scale): string => (log ? `${text}, log scale` : text)

const gap = 18

/** Names pushed down from each other, away from their dots; spread to both sides where there is no room below. */
const below = (wanted: ReadonlyArray<number>, [low, high]: readonly [number, number]): ReadonlyArray<number> => {
  const moved = [...wanted]
  let free = low
  for (const i of wanted.map((_, n) => n).toSorted((a, b) => wanted[a]! - wanted[b]! || a - b)) {
    moved[i] = Math.max(free, Math.min(high, wanted[i]!))
    free = moved[i] + gap
  }
  return free - gap > high ? spread(wanted, gap, low, high) : moved
}

export const scatter = ({ dots, line, x, y, width, height }: Scatter): Picture => {
  const [top, bottom, right] = [32, 54, 24]
  const ys = scaleOf(
    dots.map((dot) => dot.y),
    6
  )
  const left = 14 + Math.max(24, greatestOf(ys.ticks.map((v) => textWidth(y.format(v), size))))
  const xs = scaleOf(
    dots.map((dot) => dot.x),
    Math.max(3, Math.floor((width - left) / 110))
  )
  const frame = plot({
    width,
    height,
    marginLeft: left,
    marginRight: right,
    marginTop: top,
    marginBottom: bottom,
    x: { type: xs.log ? "log" : "linear", domain: [...xs.domain] },
    y: { type: ys.log ? "log" : "linear", domain: [...ys.domain] },
    marks: [
      ...yAxis({ label: axisLabel(y, ys), ticks: ys.ticks, format: y.format }, left),
      ...xAxis({ label: axisLabel(x, xs), ticks: xs.ticks, format: x.format }, true),
      line.length > 1
        ? Plot.lineY(line, { x: "x", y: "y", curve: "step-after", stroke: colour.muted, strokeWidth: 1.6 })
        : null,
      Plot.dot(
        dots.filter(({ filled }) => !filled),
        { x: "x", y: "y", r: 4, stroke: "colour", strokeWidth: 1.5, strokeOpacity: 0.65 }
      ),
      Plot.dot(
        dots.filter(({ filled }) => filled),
        { x: "x", y: "y", r: 5.5, fill: "colour", stroke: colour.surface, strokeWidth: 1 }
      )
    ]
  })
  const named = dots.flatMap((dot) =>
    dot.name === undefined ? [] : [{ name: dot.name, x: frame.x(dot.x), y: frame.y(dot.y), fill: dot.colour }]
  )
  // Below the dots: to their right runs the line.
  const moved = below(
    named.map((one) => one.y + gap),
    [top + 8, height - bottom - 10]
  )
  const texts = named.map(({ name, x: px, y: py, fill }, i) => {
    const after = px < (left + width - right) / 2
    const room = after ? width - right - px - 24 : px - left - 24
    const [from, to] = after ? [px + 7, px + 20] : [px - 7, px - 20]
    const text = fitText(name, size * 1.1, room)
    const leader = `M${Math.round(from)},${Math.round(py)}L${Math.round(to)},${Math.round(moved[i]!)}`
    return (
      element("path", { d: leader, stroke: colour.muted, "stroke-opacity": 0.7, fill: "none" }) +
      label(after ? to + 4 : to - 4, moved[i]!, text, {
        anchor: after ? "start" : "end",
        "font-size": size,
        "font-weight": 600,
        fill,
        stroke: colour.surface,
        "stroke-width": 4,
        "stroke-linejoin": "round",
        "paint-order": "stroke"
      })
    )
  })
  return { width, height, body: frame.body + texts.join("") }
}

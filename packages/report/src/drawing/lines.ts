/** Lines over layers or steps: named at their right end, with bands, gaps and shaded columns. */
import { greatestOf, leastOf } from "@moira/core/statistics"
import * as Plot from "@observablehq/plot"
import { colour, fontSize } from "../theme.ts"
import type { Picture } from "./picture.ts"
import { plot, xAxis, yAxis } from "./plot.ts"
import { element, label } from "./svg.ts"
import { boldWidth, spread, textWidth } from "./text.ts"
import { integerTicks, linearTicks, logTicks } from "./ticks.ts"

export interface Line {
  /** Written at the right end of the line; empty where a single line needs no name. */
  readonly label: string
  readonly colour: string
  /** `null` is a gap. */
  readonly points: ReadonlyArray<{ readonly x: number; readonly y: number | null }>
  readonly dash?: string
  readonly width?: number
  /** Confidence interval behind the line, one a point; `null` where the line has a gap. */
  readonly band?: ReadonlyArray<{ readonly x: number; readonly interval: readonly [number, number] | null }>
}

export interface LineChart {
  readonly title?: string
  readonly lines: ReadonlyArray<Line>
  readonly x: string
  /** Where numbers stand along x, and how; whole numbers on a linear scale when left out. */
  readonly xScale?: {
    readonly ticks: ReadonlyArray<number>
    readonly format: (value: number) => string
    readonly log: boolean
  }
  /** Ranges of x behind the lines; those of a single value are lines themselves. */
  readonly spans?: ReadonlyArray<{ readonly from: number; readonly to: number; readonly colour: string }>
  readonly y: {
    readonly label: string
    readonly domain: readonly [number, number]
    readonly log?: boolean
    readonly format: (value: number) => string
  }
  /** Columns of these x values are shaded. */
  readonly shaded?: ReadonlyArray<number>
  /** Level lines, named at their right end like the others. */
  readonly levels?: ReadonlyArray<{ readonly y: number; readonly label: string }>
  readonly width: number
  readonly height: number
}

/** x values that are drawn, with room for a single one. */
const span = (xs: ReadonlyArray<number>): readonly [number, number] => {
  const low = leastOf(xs)
  const high = greatestOf(xs)
  return low === high ? [low - 1, high + 1] : [low, high]
}

/** An area between intervals that follow each other, a bar for one that stands alone. */
const bandMarks = (band: NonNullable<Line["band"]>, fill: string): ReadonlyArray<Plot.Markish> => {
  const rows = band.map(({ x, interval }) => ({
    x,
    low: interval?.[0] ?? Number.NaN,
    high: interval?.[1] ?? Number.NaN
  }))
  const alone = rows.filter(
    ({ low }, i) =>
      !Number.isNaN(low) && Number.isNaN(rows[i - 1]?.low ?? Number.NaN) && Number.isNaN(rows[i + 1]?.low ?? Number.NaN)
  )
  return [
    Plot.areaY(rows, { x: "x", y1: "low", y2: "high", fill, fillOpacity: 0.2 }),
    Plot.ruleX(alone, { x: "x", y1: "low", y2: "high", stroke: fill, strokeOpacity: 0.4, strokeWidth: 4 })
  ]
}

export const lineChart = (chart: LineChart): Picture => {
  const { lines, y, width, height, shaded = [], levels = [], spans = [], xScale, title } = chart
  const size = fontSize.small + 1
  const right = 18 + greatestOf([...lines, ...levels].map((line) => boldWidth(line.label, size)))
  const top = title === undefined ? 32 : 62
  const xDomain = span(lines.flatMap((line) => line.points.map((p) => p.x)))
  const ticks = y.log === true ? logTicks(...y.domain) : linearTicks(...y.domain, height > 260 ? 6 : 5)
  const left = 14 + Math.max(24, greatestOf(ticks.map((v) => textWidth(y.format(v), size))))
  const half = Math.min(0.5, (xDomain[1] - xDomain[0]) / 2)
  const marks = lines.map((line) => {
    const points = line.points.map((p) => ({ x: p.x, y: p.y ?? Number.NaN }))
    const drawn = points.filter((p) => !Number.isNaN(p.y))
    const stroke = { stroke: line.colour, strokeWidth: line.width ?? 2.2, strokeDasharray: line.dash ?? "none" }
    return [
      ...(line.band === undefined ? [] : bandMarks(line.band, line.colour)),
      drawn.length > 1 ? Plot.lineY(points, { x: "x", y: "y", ...stroke, strokeLinejoin: "round" }) : null,
      line.dash === undefined && drawn.length <= 64
        ? Plot.dot(drawn, { x: "x", y: "y", r: drawn.length > 1 ? 2 : 4.5, fill: line.colour })
        : null
    ]
  })
  const frame = plot({
    width,
    height,
    marginLeft: left,
    marginRight: right,
    marginTop: top,
    marginBottom: 54,
    x: { type: xScale?.log === true ? "log" : "linear", domain: [...xDomain], inset: 4 },
    y: { type: y.log === true ? "log" : "linear", domain: [...y.domain] },
    marks: [
      Plot.rectY(
        shaded.filter((v) => v >= xDomain[0] && v <= xDomain[1]),
        {
          x1: (v: number) => Math.max(xDomain[0], v - half),
          x2: (v: number) => Math.min(xDomain[1], v + half),
          y1: y.domain[0],
          y2: y.domain[1],
          fill: colour.axis,
          fillOpacity: 0.28
        }
      ),
      Plot.rect(
        spans.filter(({ from, to }) => to > from),
        { x1: "from", x2: "to", y1: y.domain[0], y2: y.domain[1], fill: "colour", fillOpacity: 0.13 }
      ),
      Plot.ruleX(
        spans.filter(({ from, to }) => to === from),
        { x: "from", stroke: "colour", strokeOpacity: 0.6, strokeDasharray: "4 3" }
      ),
      ...yAxis({ label: y.label, ticks, format: y.format }, left),
      ...xAxis({
        label: chart.x,
        ticks: xScale?.ticks ?? integerTicks(...xDomain),
        format: xScale?.format ?? ((v) => String(v))
      }),
      levels.length > 0 ? Plot.ruleY(levels, { y: "y", stroke: colour.muted, strokeDasharray: "2 3" }) : null,
      ...marks
    ]
  })
  const edge = width - right + 8
  const ends = [
    ...lines.flatMap((line) => {
      const last = line.points.findLast((p) => p.y !== null)
      return last === undefined || line.label === ""
        ? []
        : [{ ...line, weight: 600, x: frame.x(last.x), y: frame.y(last.y!) }]
    }),
    ...levels.map((level) => ({ label: level.label, colour: colour.muted, weight: 400, x: edge, y: frame.y(level.y) }))
  ]
  const moved = spread(
    ends.map((end) => end.y),
    17,
    top,
    height - 54
  )
  const names = ends.map(({ label: name, colour: stroke, weight, x, y: from }, i) => {
    const to = moved[i]!
    const leader = x < edge && (Math.abs(to - from) > 6 || edge - x > 14)
    const d = `M${Math.round(x + 3)},${Math.round(from)}L${Math.round(edge - 1)},${Math.round(to)}`
    return (
      (leader ? element("path", { d, stroke, "stroke-opacity": 0.5, fill: "none" }) : "") +
      label(edge + 2, to, name, { fill: stroke, "font-size": size, "font-weight": weight })
    )
  })
  const heading = title === undefined ? "" : label(0, 10, title, { "font-weight": 600, "font-size": fontSize.body })
  return { width, height, body: heading + frame.body + names.join("") }
}

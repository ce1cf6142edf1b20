/** Dots and lines on two log scales, for times over sizes that span decades. */
import { greatestOf } from "@moira/core/statistics"
import * as Plot from "@observablehq/plot"
import { fontSize } from "../theme.ts"
import type { Picture } from "./picture.ts"
import { plot, xAxis, yAxis } from "./plot.ts"
import { label } from "./svg.ts"
import { textWidth } from "./text.ts"
import { logTicks } from "./ticks.ts"

export interface LogPoint {
  readonly x: number
  readonly y: number
}

export interface LogAxis {
  readonly label: string
  readonly format: (value: number) => string
  /** Where numbers stand; round decimal ones when left out. */
  readonly ticks?: ReadonlyArray<number>
}

export interface LogLogChart {
  readonly title?: string
  readonly x: LogAxis
  readonly y: LogAxis
  /** All values above 0. */
  readonly series: ReadonlyArray<{
    readonly colour: string
    readonly dots: ReadonlyArray<LogPoint>
    readonly line: ReadonlyArray<LogPoint>
  }>
  readonly width: number
  readonly height: number
}

const domainOf = (values: ReadonlyArray<number>): [number, number] => [
  values.reduce((a, b) => Math.min(a, b), Infinity) / 1.25,
  values.reduce((a, b) => Math.max(a, b), 0) * 1.25
]

/** Lines lie over dots, so that a dot off its line shows. */
export const logLogChart = ({ title, x, y, series, width, height }: LogLogChart): Picture => {
  const points = series.flatMap(({ dots, line }) => [...dots, ...line])
  const [xDomain, yDomain] = [domainOf(points.map((p) => p.x)), domainOf(points.map((p) => p.y))]
  const yTicks = y.ticks ?? logTicks(...yDomain)
  const margin = 14 + Math.max(24, greatestOf(yTicks.map((v) => textWidth(y.format(v), fontSize.small + 1))))
  const frame = plot({
    width,
    height,
    marginLeft: margin,
    marginRight: 24,
    marginTop: title === undefined ? 32 : 62,
    marginBottom: 54,
    x: { type: "log", domain: xDomain },
    y: { type: "log", domain: yDomain },
    marks: [
      ...yAxis({ label: y.label, ticks: yTicks, format: y.format }, margin),
      ...xAxis({ label: x.label, ticks: x.ticks ?? logTicks(...xDomain, 6), format: x.format }),
      ...series.flatMap(({ colour, dots, line }) => [
        Plot.dot(dots, { x: "x", y: "y", r: 3, stroke: colour, strokeWidth: 1.4, strokeOpacity: 0.8 }),
        Plot.lineY(line, { x: "x", y: "y", stroke: colour, strokeWidth: 2 })
      ])
    ]
  })
  const heading = title === undefined ? "" : label(0, 10, title, { "font-weight": 600, "font-size": fontSize.body })
  return { width, height, body: heading + frame.body }
}

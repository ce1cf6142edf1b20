/** Observable Plot without a browser: draws into a server-side document and hands back a piece of SVG with its scales. */
import * as Plot from "@observablehq/plot"
import { parseHTML } from "linkedom"
import { colour, fontSize } from "../theme.ts"
import type { Picture } from "./picture.ts"

/** A drawn plot: `x` and `y` give the pixel of a value, for labels and images that are laid over it. */
export interface Drawn extends Picture {
  readonly x: (value: number) => number
  readonly y: (value: number) => number
}

/** What is read of the SVG element that Plot returns. */
interface Rendered {
  readonly innerHTML: string
  readonly scale: (name: string) => { readonly apply: (value: number) => number } | undefined
}

// Plot adds a style sheet with a class shared by all plots; inside a larger figure it would size the wrong element.
const styleSheet = /<style>.*?<\/style>/s
// Attributes only: labels in the text and for screen readers keep their digits.
const longNumbers = / (?!aria-)[a-z0-9-]+="[^"]*\d\.\d{3}[^"]*"/g

const shortened = (svg: string): string =>
  svg.replaceAll(longNumbers, (attribute) =>
    attribute.replaceAll(/-?\d+\.\d{3,}/g, (n) => String(Math.round(Number(n) * 100) / 100))
  )

export const plot = (options: Plot.PlotOptions & { readonly width: number; readonly height: number }): Drawn => {
  const { document } = parseHTML("<!doctype html><html><body></body></html>")
  const svg = Plot.plot({
    document,
    className: "plot",
    axis: null,
    ...options
  }) as unknown as Rendered
  const scale = (name: string) => (value: number) => svg.scale(name)!.apply(value)
  return {
    width: options.width,
    height: options.height,
    body: `<g fill="currentColor" text-anchor="middle" font-size="${fontSize.small + 1}">${shortened(
      svg.innerHTML.replace(styleSheet, "")
    )}</g>`,
    x: scale("x"),
    y: scale("y")
  }
}

export interface AxisOptions {
  readonly label: string
  readonly ticks: ReadonlyArray<number>
  readonly format: (value: number) => string
}

const tickText = { fill: colour.muted, lineAnchor: "middle" } as const

/** Bottom axis: numbers below the frame, the title centred below them, grid lines if asked for. */
export const xAxis = ({ label, ticks, format }: AxisOptions, lines = false): ReadonlyArray<Plot.Markish> => [
  ...(lines ? [Plot.gridX([...ticks], { stroke: colour.grid, strokeOpacity: 1 })] : []),
  Plot.text([...ticks], { ...tickText, x: (v: number) => v, frameAnchor: "bottom", dy: 16, text: format }),
  Plot.text([label], { ...tickText, frameAnchor: "bottom", dy: 40, text: String })
]

/** Left axis: numbers beside the frame, `margin` pixels wide, and the title level above them. */
export const yAxis = ({ label, ticks, format }: AxisOptions, margin: number): ReadonlyArray<Plot.Markish> => [
  Plot.gridY([...ticks], { stroke: colour.grid, strokeOpacity: 1 }),
  Plot.text([...ticks], {
    ...tickText,
    y: (v: number) => v,
    frameAnchor: "left",
    textAnchor: "end",
    dx: -8,
    text: format
  }),
  Plot.text([label], { ...tickText, frameAnchor: "top-left", textAnchor: "start", dx: -margin, dy: -19, text: String })
]

/** A heatmap panel: a raster with expert or layer numbers on its sides. */
import { colour, fontSize } from "../theme.ts"
import type { Picture } from "./picture.ts"
import { rasterImage, type Raster } from "./raster.ts"
import { element, label } from "./svg.ts"
import { integerTicks } from "./ticks.ts"

export interface HeatmapAxis {
  readonly label: string
  /** Number of each column or row, ascending; the index itself without. */
  readonly numbers?: ReadonlyArray<number>
}

export interface Heatmap {
  readonly title?: string
  readonly raster: Raster
  readonly x: HeatmapAxis
  readonly y: HeatmapAxis
  /** Size of the raster, without labels. */
  readonly width: number
  readonly height: number
}

/** Indices with round numbers, or the next one where that number is missing. */
const ticksOf = ({ numbers }: HeatmapAxis, size: number, most: number) => {
  const all = numbers ?? Array.from({ length: size }, (_, i) => i)
  const wanted = integerTicks(all[0] ?? 0, all.at(-1) ?? 0, Math.max(2, Math.floor(most)))
  const indices = new Set(wanted.map((n) => all.findIndex((v) => v >= n)))
  return [...indices].flatMap((i) => (i < 0 ? [] : [{ i, name: String(all[i]) }]))
}

const left = 50
const bottom = 46

export const heatmap = ({ title, raster, x, y, width, height }: Heatmap): Picture => {
  const top = title === undefined ? 4 : 30
  const small = { "font-size": fontSize.small, fill: colour.muted }
  const across = ticksOf(x, raster.columns, width / 60).map(({ i, name }) =>
    label(left + ((i + 0.5) * width) / raster.columns, top + height + 13, name, { ...small, anchor: "middle" })
  )
  const down = ticksOf(y, raster.rows, height / 40).map(({ i, name }) =>
    label(left - 7, top + ((i + 0.5) * height) / raster.rows, name, { ...small, anchor: "end" })
  )
  const middle = top + height / 2
  return {
    width: left + width + 8,
    height: top + height + bottom,
    body: [
      title === undefined ? "" : label(left, 11, title, { "font-weight": 600, "font-size": fontSize.body }),
      rasterImage(raster, left, top, width, height),
      element("rect", { x: left, y: top, width, height, fill: "none", stroke: colour.axis }),
      ...across,
      ...down,
      label(left + width / 2, top + height + 34, x.label, {
        ...small,
        "font-size": fontSize.small + 1,
        anchor: "middle"
      }),
      element(
        "g",
        { transform: `translate(10,${Math.round(middle)}) rotate(-90)` },
        label(0, 0, y.label, { ...small, "font-size": fontSize.small + 1, anchor: "middle" })
      )
    ].join("")
  }
}

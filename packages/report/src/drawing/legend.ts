/** Keys: swatches for categories and bars of colour for ramps. */
import { colour, fontSize } from "../theme.ts"
import type { Picture } from "./picture.ts"
import { type Ramp } from "./ramp.ts"
import { rasterImage } from "./raster.ts"
import { element, label } from "./svg.ts"
import { textWidth } from "./text.ts"

export interface KeyEntry {
  readonly label: string
  readonly colour: string
  /** A box without. */
  readonly mark?: "dot" | "ring"
}

const mark = (entry: KeyEntry, x: number, y: number): string => {
  if (entry.mark === "dot") return element("circle", { cx: x + 10, cy: y, r: 5.5, fill: entry.colour })
  if (entry.mark === "ring") {
    const outline = { stroke: entry.colour, "stroke-width": 2 }
    return element("circle", { cx: x + 10, cy: y, r: 5, fill: colour.surface, ...outline })
  }
  return element("rect", { x: x + 3, y: y - 7, width: 14, height: 14, rx: 2, fill: entry.colour })
}

/** Entries in a row, wrapped to `width`. */
export const key = (entries: ReadonlyArray<KeyEntry>, width: number): Picture => {
  let x = 0
  let y = 11
  const parts = entries.map((entry) => {
    const size = 28 + textWidth(entry.label, fontSize.small + 1)
    if (x > 0 && x + size > width) {
      x = 0
      y += 22
    }
    const part =
      mark(entry, x, y) + label(x + 27, y, entry.label, { "font-size": fontSize.small + 1, fill: colour.muted })
    x += size + 20
    return part
  })
  return { width, height: y + 11, body: parts.join("") }
}

export interface RampKey {
  readonly ramp: Ramp
  readonly title: string
  /** Where labels stand, 0 to 1 along the ramp. */
  readonly ticks: ReadonlyArray<{ readonly t: number; readonly label: string }>
}

/** The colour bar of a ramp: title to its left where there is room, ticks below. */
export const rampKey = ({ ramp, title, ticks }: RampKey, width: number): Picture => {
  const size = fontSize.small + 1
  const beside = textWidth(title, size) + 14
  const stacked = beside > width * 0.6
  const x = stacked ? 12 : beside
  const y = stacked ? 20 : 2
  const bar = Math.min(360, width - x - 24)
  const values = Array.from({ length: 128 }, (_, i) => i / 127)
  const parts = [
    label(stacked ? 12 : 0, stacked ? 8 : y + 7, title, { "font-size": size, fill: colour.muted }),
    rasterImage({ columns: 128, rows: 1, values, ramp }, x, y, bar, 14),
    ...ticks.map(({ t, label: text }) => {
      const px = x + t * bar
      return (
        element("line", { x1: px, x2: px, y1: y + 14, y2: y + 18, stroke: colour.axis }) +
        label(px, y + 27, text, { anchor: "middle", "font-size": fontSize.small, fill: colour.muted })
      )
    })
  ]
  return { width, height: y + 38, body: parts.join("") }
}

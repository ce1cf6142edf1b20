/** Large heatmaps as PNG data URIs: 65,536 cells are some tens of kilobytes instead of megabytes of rectangles. */
import { encode } from "fast-png"
import type { Ramp } from "./ramp.ts"
import { element } from "./svg.ts"

/** Steps of a ramp in a raster; finer than the eye tells apart. */
const levels = 96

export interface Raster {
  /** Cells across and down. */
  readonly columns: number
  readonly rows: number
  /** Value of each cell, row-major, from 0 to 1 on the ramp. */
  readonly values: ArrayLike<number>
  readonly ramp: Ramp
}

/** A piece of bytes at a time: a call takes only so many arguments. */
const base64 = (bytes: Uint8Array): string => {
  let text = ""
  for (let from = 0; from < bytes.length; from += 4096) {
    text += String.fromCharCode(...bytes.subarray(from, from + 4096))
  }
  return btoa(text)
}

const dataUri = ({ columns, rows, values, ramp }: Raster): string => {
  const data = new Uint8Array(columns * rows)
  // Hot loop over cells: no allocation.
  for (let i = 0; i < data.length; i++) {
    const t = values[i]!
    data[i] = Math.round(Math.max(0, Math.min(1, t)) * (levels - 1))
  }
  const palette = Array.from({ length: levels }, (_, i) => [...ramp.rgb(i / (levels - 1))])
  const png = encode({ width: columns, height: rows, data, depth: 8, channels: 1, palette }, { zlib: { level: 9 } })
  return `data:image/png;base64,${base64(png)}`
}

/** The raster stretched over a rectangle. Cells stay sharp unless there are more of them than pixels. */
export const rasterImage = (raster: Raster, x: number, y: number, width: number, height: number): string =>
  element("image", {
    class: "ramp",
    x,
    y,
    width,
    height,
    preserveAspectRatio: "none",
    style: raster.columns <= width && raster.rows <= height ? "image-rendering:pixelated" : undefined,
    href: dataUri(raster)
  })

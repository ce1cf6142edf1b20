/** A piece of a figure with its size, and how pieces are put together into one SVG file. */
import { colour, fontFamily, fontSize } from "../theme.ts"
import { element, escapeXml, number } from "./svg.ts"

/** SVG content whose top left corner is 0, 0. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly body: string
}

const at = (picture: Picture, x: number, y: number): string =>
  x === 0 && y === 0 ? picture.body : element("g", { transform: `translate(${number(x)},${number(y)})` }, picture.body)

/** Pieces under each other, `gap` pixels apart. */
export const column = (pictures: ReadonlyArray<Picture>, gap = 16): Picture => {
  let y = 0
  let width = 0
  const body = pictures.map((picture, i) => {
    if (i > 0) y += gap
    const placed = at(picture, 0, y)
    y += picture.height
    width = Math.max(width, picture.width)
    return placed
  })
  return { width, height: y, body: body.join("") }
}

/** Pieces side by side, tops aligned, `gap` pixels apart. */
export const row = (pictures: ReadonlyArray<Picture>, gap = 16): Picture => {
  let x = 0
  let height = 0
  const body = pictures.map((picture, i) => {
    if (i > 0) x += gap
    const placed = at(picture, x, 0)
    x += picture.width
    height = Math.max(height, picture.height)
    return placed
  })
  return { width: x, height, body: body.join("") }
}

/** Pieces in reading order, `columns` to a row. */
export const grid = (pictures: ReadonlyArray<Picture>, columns: number, gap = 20): Picture =>
  column(
    Array.from({ length: Math.ceil(pictures.length / columns) }, (_, i) =>
      row(pictures.slice(i * columns, (i + 1) * columns), gap)
    ),
    gap
  )

/** The picture with empty space around it. */
export const padded = (
  picture: Picture,
  { top = 0, right = 0, bottom = 0, left = 0 }: { top?: number; right?: number; bottom?: number; left?: number }
): Picture => ({
  width: picture.width + left + right,
  height: picture.height + top + bottom,
  body: at(picture, left, top)
})

/** A whole SVG file: named for screen readers, on its own background, sized in pixels and free to scale. */
export const svgFile = (picture: Picture, name: string): string => {
  const width = Math.ceil(picture.width)
  const height = Math.ceil(picture.height)
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"` +
    ` role="img" aria-label="${escapeXml(name)}" font-family="${fontFamily}" font-size="${fontSize.body}"` +
    ` color="${colour.ink}" fill="${colour.ink}">` +
    `<rect width="${width}" height="${height}" fill="${colour.surface}"/>${picture.body}</svg>\n`
  )
}

/** What a figure is, and what draws one. */
import type { Evidence } from "@moira/results"
import { type Picture, svgFile } from "./drawing/picture.ts"
import { unbroken } from "./format.ts"

export interface Figure {
  /** Stable name; also the file name of the SVG. */
  readonly id: string
  readonly title: string
  /** How to read it and what it shows, in one or two sentences. */
  readonly caption: string
  /** A whole SVG file. */
  readonly svg: string
}

/** What a figure's own function gives; the frame and the accessible name are added around it. */
export interface Sketch {
  readonly title: string
  readonly caption: string
  readonly picture: Picture
}

export interface FigureMaker {
  readonly id: string
  /** Id of a section that its kind has. */
  readonly section: string
  /** The figure, or `undefined` where the documents do not hold what it needs. They are of one subject. */
  readonly draw: (evidence: Evidence) => Figure | undefined
}

export const figure = (
  id: string,
  section: string,
  sketch: (evidence: Evidence) => Sketch | undefined
): FigureMaker => ({
  id,
  section,
  draw: (evidence) => {
    const drawn = sketch(evidence)
    if (drawn === undefined) return undefined
    const title = unbroken(drawn.title)
    const caption = unbroken(drawn.caption)
    return { id, title, caption, svg: svgFile(drawn.picture, `${title}. ${caption}`) }
  }
})

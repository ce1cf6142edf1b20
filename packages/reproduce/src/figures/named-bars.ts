/** Bars of named parts, in groups: for numbers that no result document holds. */
import { given } from "@moira/core"
import { bars, key, column, svgFile, tick, figureWidth, hue } from "@moira/report/drawing"
import type { Figure } from "@moira/report"

export interface NamedBar {
  readonly label: string
  /** One after the other along the bar, in the unit of the axis; none below 0. */
  readonly parts: ReadonlyArray<{ readonly name: string; readonly value: number }>
  /** Written at the end of the bar. */
  readonly text: string
  /** Written after the text, paler. */
  readonly note?: string
}

export interface BarFigure {
  readonly id: string
  readonly title: string
  readonly caption: string
  readonly axis: string
  readonly format: (value: number) => string
  readonly groups: ReadonlyArray<{ readonly title: string; readonly bars: ReadonlyArray<NamedBar> }>
}

const hues = [hue.orange, hue.blue, hue.grey, hue.green, hue.purple, hue.teal]

/** One colour for a name in all groups, named above where there are several; `undefined` without a bar. */
export const namedBars = ({ id, title, caption, axis, format, groups }: BarFigure): Figure | undefined => {
  const drawn = groups.filter((group) => group.bars.length > 0)
  if (drawn.length === 0) return undefined
  const names = [...new Set(drawn.flatMap((group) => group.bars.flatMap((bar) => bar.parts.map(({ name }) => name))))]
  const colourOf = (name: string) => (names.length === 1 ? hue.blue : hues[names.indexOf(name) % hues.length]!)
  const picture = bars(
    drawn.map((group) => ({
      title: group.title,
      rows: group.bars.map(({ label, parts, text, note }) => ({
        label,
        segments: parts.map(({ name, value }) => ({ value, colour: colourOf(name) })),
        text,
        ...given({ note })
      }))
    })),
    { label: axis, format: tick(format) },
    figureWidth.full
  )
  const legend = key(
    names.map((name) => ({ label: name, colour: colourOf(name) })),
    figureWidth.full
  )
  return {
    id,
    title,
    caption,
    svg: svgFile(names.length > 1 ? column([legend, picture], 10) : picture, `${title}. ${caption}`)
  }
}

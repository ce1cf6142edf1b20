/** Times that were measured beside times that a model gives, over sizes: what no result document holds. */
import {
  key,
  logLogChart,
  column,
  grid,
  svgFile,
  bytes,
  compact,
  duration,
  tick,
  figureWidth,
  hue
} from "@moira/report/drawing"
import type { Figure } from "@moira/report"

export interface TimedPoint {
  /** What the time depends on: tokens, or bytes. */
  readonly size: number
  readonly measuredPs: number
  readonly modelledPs: number
}

export interface TimedPanel {
  readonly title: string
  readonly series: ReadonlyArray<{ readonly label: string; readonly points: ReadonlyArray<TimedPoint> }>
}

export interface TimedFigure {
  readonly id: string
  readonly title: string
  readonly sizes: "tokens" | "bytes"
  readonly panels: ReadonlyArray<TimedPanel>
}

const hues = [hue.blue, hue.orange, hue.green, hue.purple, hue.teal, hue.brown]

const axes = {
  tokens: { label: "Tokens (log scale)", format: tick(compact) },
  bytes: { label: "Bytes one way (log scale)", format: tick(bytes) }
} as const

/** Dots are measured, lines are modelled, one colour for a name in all panels; `undefined` without a point. */
export const measuredTimes = ({ id, title, sizes, panels }: TimedFigure): Figure | undefined => {
  const drawn = panels
    .map((panel) => ({ ...panel, series: panel.series.filter(({ points }) => points.length > 0) }))
    .filter(({ series }) => series.length > 0)
  if (drawn.length === 0) return undefined
  const names = [...new Set(drawn.flatMap(({ series }) => series.map((s) => s.label)))]
  const colourOf = (name: string) => hues[names.indexOf(name) % hues.length]!
  const columns = drawn.length === 1 ? 1 : 2
  const width = columns === 1 ? figureWidth.full : figureWidth.half
  const charts = drawn.map((panel) =>
    logLogChart({
      title: panel.title,
      x: axes[sizes],
      y: { label: "Time (log scale)", format: tick(duration) },
      series: panel.series.map(({ label, points }) => {
        const sorted = points.toSorted((a, b) => a.size - b.size)
        return {
          colour: colourOf(label),
          dots: sorted.map((p) => ({ x: p.size, y: p.measuredPs })),
          line: sorted.map((p) => ({ x: p.size, y: p.modelledPs }))
        }
      }),
      width,
      height: columns === 1 ? 380 : 320
    })
  )
  const picture = grid(charts, columns)
  const legend = key(
    names.map((name) => ({ label: name, colour: colourOf(name), mark: "ring" as const })),
    figureWidth.full
  )
  const caption = "Dots were measured on H100s, lines are what the model gives for the same sizes."
  return {
    id,
    title,
    caption,
    svg: svgFile(names.length > 1 ? column([legend, picture], 12) : picture, `${title}. ${caption}`)
  }
}

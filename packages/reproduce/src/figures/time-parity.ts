/** Modelled over measured times of many different things at once: on the diagonal where they agree. */
import { type LogAxis, logLogChart, grid, svgFile, duration, tick, figureWidth, hue } from "@moira/report/drawing"
import type { Figure } from "@moira/report"
import type { TimedPoint } from "./measured-times.ts"

export interface ParityFigure {
  readonly id: string
  readonly title: string
  readonly panels: ReadonlyArray<{ readonly title: string; readonly points: ReadonlyArray<Omit<TimedPoint, "size">> }>
}

const axis = (label: string): LogAxis => ({ label: `${label} (log scale)`, format: tick(duration) })

/** A dot for each measurement; `undefined` without any. */
export const timeParity = ({ id, title, panels }: ParityFigure): Figure | undefined => {
  const drawn = panels.filter(({ points }) => points.length > 0)
  if (drawn.length === 0) return undefined
  const columns = drawn.length === 1 ? 1 : 2
  const charts = drawn.map(({ title: heading, points }) => {
    const times = points.flatMap(({ measuredPs, modelledPs }) => [measuredPs, modelledPs])
    const [low, high] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))]
    return logLogChart({
      title: heading,
      x: axis("Measured"),
      y: axis("Modelled"),
      series: [
        {
          colour: hue.blue,
          dots: points.map(({ measuredPs, modelledPs }) => ({ x: measuredPs, y: modelledPs })),
          line: []
        },
        {
          colour: hue.grey,
          dots: [],
          line: [
            { x: low, y: low },
            { x: high, y: high }
          ]
        }
      ],
      width: columns === 1 ? figureWidth.full : figureWidth.half,
      height: 340
    })
  })
  const caption = "Every dot is one measurement on an H100; on the line model and measurement agree."
  return { id, title, caption, svg: svgFile(grid(charts, columns), `${title}. ${caption}`) }
}

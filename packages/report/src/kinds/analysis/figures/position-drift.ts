import { greatestOf, leastOf } from "@moira/core/statistics"
import type { WindowDrift } from "@moira/results"
import { lineChart } from "../../../drawing/lines.ts"
import { row } from "../../../drawing/picture.ts"
import { niceCeil } from "../../../drawing/ticks.ts"
import { temporalOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { figureWidth, hue } from "../../../theme.ts"

const gap = figureWidth.full - 2 * figureWidth.half

/** How far expert use moves away from the first decode steps, against chance, and in rank from prefill. */
export const positionDrift = figure("position-drift", "temporal", (evidence) => {
  const result = temporalOf(evidence)?.positionDrift
  const means = result?.mean?.windows
  if (result === null || result === undefined || means === undefined) return undefined
  const middle = (w: number) => (result.windows[w]!.from + result.windows[w]!.to - 1) / 2
  const line = (label: string, colour: string, pick: (window: WindowDrift) => number | null) => ({
    label,
    colour,
    points: means.map((window, w) => ({ x: middle(w), y: pick(window) }))
  })
  // A single point has no line to dash.
  const dashed = (of: ReturnType<typeof line>) =>
    of.points.filter(({ y }) => y !== null).length > 1 ? { ...of, dash: "4 3" } : of
  const apart = [
    dashed(line("chance, 95 %", hue.grey, ({ distanceFloor }) => distanceFloor?.high ?? null)),
    line("measured", hue.blue, ({ distance }) => distance)
  ]
  const rhos = [
    dashed(line("chance", hue.grey, ({ rhoFloor }) => rhoFloor)),
    line("first steps", hue.blue, ({ rho }) => rho),
    line("prefill", hue.orange, ({ rhoPrefill }) => rhoPrefill)
  ].filter(({ points }) => points.some(({ y }) => y !== null))
  const values = (lines: typeof rhos) => lines.flatMap(({ points }) => points.flatMap(({ y }) => y ?? []))
  if (values(apart).length === 0) return undefined
  const low = Math.min(0, leastOf(values(rhos)))
  const shared = { x: "Decode step (middle of the window)", width: figureWidth.half, height: 330 }
  return {
    title: "Expert use over the course of a decode",
    caption:
      `Windows of ${result.width} decode steps against the first one, over the requests that reach them; means over layers. Left: ` +
      "Jensen-Shannon distance of expert frequencies; under the dashed line, random swaps of the two windows are as far apart. " +
      "Right: Spearman rho of the frequencies with those of the first window and of prefill.",
    picture: row(
      [
        lineChart({
          ...shared,
          title: "Distance to the first steps",
          lines: apart,
          y: {
            label: "Jensen-Shannon distance",
            domain: [0, niceCeil(greatestOf(values(apart)))],
            format: (v) => v.toFixed(2)
          }
        }),
        lineChart({
          ...shared,
          title: "Rank correlation with",
          lines: rhos,
          y: { label: "Spearman rho", domain: [Math.floor(low * 5) / 5, 1], format: (v) => v.toFixed(1) }
        })
      ],
      gap
    )
  }
})

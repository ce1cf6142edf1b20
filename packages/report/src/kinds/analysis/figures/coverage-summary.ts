import { greatestOf, leastOf } from "@moira/core/statistics"
import type { Coverage } from "@moira/results"
import * as Plot from "@observablehq/plot"
import { key } from "../../../drawing/legend.ts"
import { column } from "../../../drawing/picture.ts"
import { plot, xAxis } from "../../../drawing/plot.ts"
import { label } from "../../../drawing/svg.ts"
import { linearTicks } from "../../../drawing/ticks.ts"
import { figure } from "../../../figure.ts"
import { percent, percentTick, points } from "../../../format.ts"
import { lift, relationsOf } from "../relations.ts"
import { colour, coverageColour, figureWidth, fontSize } from "../../../theme.ts"

interface Row {
  readonly title: string
  readonly of: string
  readonly coverage: Coverage
}

const rowHeight = 54
const left = 184
const right = 126
const footer = 56

const chart = (rows: ReadonlyArray<Row>) => {
  const all = rows.flatMap(({ coverage: c }) =>
    [c.inSample, c.heldOut ?? [], c.popularity ?? [], c.interval ?? [], c.acrossTasks?.heldOut ?? []].flat()
  )
  const low = Math.max(0, Math.floor((Math.min(0.2, leastOf(all)) * 100) / 10) / 10)
  const high = Math.min(1, Math.ceil(greatestOf(all) * 10 + 0.2) / 10)
  const height = rows.length * rowHeight + footer
  const placed = rows.map((row, i) => ({ ...row, y: i * rowHeight + rowHeight / 2 }))
  const marksOf = ({ coverage: c, y }: (typeof placed)[number]) => [
    c.heldOut === null || c.popularity === null
      ? null
      : Plot.link([0], {
          x1: [c.popularity],
          x2: [c.heldOut],
          y1: [y],
          y2: [y],
          stroke: coverageColour.heldOut,
          strokeWidth: 5,
          strokeOpacity: 0.28
        }),
    Plot.dot([0], {
      x: [c.inSample],
      y: [y],
      r: 5,
      fill: colour.surface,
      stroke: coverageColour.inSample,
      strokeWidth: 2
    }),
    c.popularity === null
      ? null
      : Plot.dot([0], { x: [c.popularity], y: [y], r: 6.5, fill: coverageColour.popularity }),
    c.interval === null
      ? null
      : Plot.link([0], {
          x1: [c.interval[0]],
          x2: [c.interval[1]],
          y1: [y],
          y2: [y],
          stroke: coverageColour.heldOut,
          strokeWidth: 2.5
        }),
    c.acrossTasks === undefined
      ? null
      : Plot.dot([0], { x: [c.acrossTasks.heldOut], y: [y], r: 6.5, fill: coverageColour.acrossTasks }),
    c.heldOut === null ? null : Plot.dot([0], { x: [c.heldOut], y: [y], r: 7.5, fill: coverageColour.heldOut })
  ]
  const frame = plot({
    width: figureWidth.full,
    height,
    marginLeft: left,
    marginRight: right,
    marginTop: 0,
    marginBottom: footer,
    x: { type: "linear", domain: [low, high] },
    y: { type: "linear", domain: [height - footer, 0] },
    marks: [
      ...xAxis(
        {
          label: "Share of the selections covered by the top 20 % of candidates",
          ticks: linearTicks(low, high, 8),
          format: percentTick
        },
        true
      ),
      Plot.ruleX([0.2], { stroke: colour.muted, strokeDasharray: "3 3" }),
      ...placed.flatMap(marksOf)
    ]
  })
  const texts = placed.map(({ title, of, coverage: c, y }) => {
    const gain = lift(c)
    const strong = { "font-weight": 600, "font-size": fontSize.body }
    return (
      label(0, y - 9, title, strong) +
      label(0, y + 9, of, { "font-size": fontSize.small + 1, fill: colour.muted }) +
      (c.heldOut === null
        ? label(figureWidth.full - right + 14, y, "not held out", { fill: colour.muted })
        : label(figureWidth.full - right + 14, y - 9, percent(c.heldOut), { ...strong, fill: coverageColour.heldOut }) +
          (gain === null
            ? ""
            : label(figureWidth.full - right + 14, y + 9, points(gain), {
                "font-size": fontSize.small + 1,
                fill: colour.muted
              })))
    )
  })
  return { width: figureWidth.full, height, body: frame.body + texts.join("") }
}

/** The lead figure of the temporal section: what knowing an expert adds over popularity, held out. */
export const coverageSummary = figure("coverage-summary", "temporal", (evidence) => {
  const rows = relationsOf(evidence).flatMap(({ title, relation }) => [
    ...(relation.mean === null ? [] : [{ title, of: "average expert", coverage: relation.mean }]),
    ...(relation.meanTopExpert === null
      ? []
      : [{ title, of: "most selected expert", coverage: relation.meanTopExpert }])
  ])
  if (rows.length === 0) return undefined
  const legend = key(
    [
      { label: "held out (95 % interval over requests)", colour: coverageColour.heldOut, mark: "dot" },
      { label: "popularity alone, held out", colour: coverageColour.popularity, mark: "dot" },
      ...(rows.some(({ coverage }) => coverage.acrossTasks !== undefined)
        ? [{ label: "from some tasks to others", colour: coverageColour.acrossTasks, mark: "dot" } as const]
        : []),
      { label: "in sample, to compare with the study", colour: coverageColour.inSample, mark: "ring" }
    ],
    figureWidth.full
  )
  return {
    title: "What knowing an expert foretells, beyond popularity",
    caption:
      "Given one selected expert, the best 20 % of candidates are chosen on one half of the requests and counted on the other. " +
      "The thick pale line is the lift over popularity, the choice without the condition; 20 % (dotted) is chance. " +
      "Requests that judge are of the tasks that chose, but for the choice on half of the tasks that the other half judges.",
    picture: column([legend, chart(rows)], 8)
  }
})

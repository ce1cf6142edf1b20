import { greatestOf } from "@moira/core/statistics"
import * as Plot from "@observablehq/plot"
import { column, grid, type Picture } from "../../../drawing/picture.ts"
import { plot, xAxis } from "../../../drawing/plot.ts"
import { label } from "../../../drawing/svg.ts"
import { boldWidth, fitText, textWidth } from "../../../drawing/text.ts"
import { linearTicks, niceCeil } from "../../../drawing/ticks.ts"
import { figure } from "../../../figure.ts"
import { percentTick } from "../../../format.ts"
import { runsOf, atBatch, batchesOf, type Setting, settingsOf, strategiesOf } from "../runs.ts"
import { colour, figureWidth, fontSize, strategyColours } from "../../../theme.ts"
import { batchTitle } from "./run-bars.ts"

const rowHeight = 30
const footer = 58

const chart = (
  setting: Setting,
  named: boolean,
  end: number,
  width: number,
  colours: ReadonlyMap<string, string>
): Picture => {
  let y = 4
  const rows = batchesOf(setting.runs).flatMap((batch) => {
    const title = { y: y + 13, text: batchTitle(batch) }
    y += 26
    const placed = atBatch(setting, batch).map((run, i) => {
      const middle = y + rowHeight / 2
      y += rowHeight
      return { run, middle, title: i === 0 ? title : undefined }
    })
    y += 10
    return placed
  })
  const height = y + footer
  const names = Math.min(
    220,
    14 +
      greatestOf(
        rows.map(({ run, title }) =>
          Math.max(textWidth(run.strategy.name, fontSize.body), boldWidth(title?.text ?? "", fontSize.body))
        )
      )
  )
  const ticks = rows.flatMap(({ run, middle }) =>
    run.unitBusy.map((busy) => ({ busy, y1: middle - 9, y2: middle + 9, stroke: colours.get(run.strategy.name)! }))
  )
  const means = rows.flatMap(({ run, middle }) =>
    run.unitBusy.length === 0 ? [] : [{ mean: run.unitBusy.reduce((a, b) => a + b, 0) / run.unitBusy.length, middle }]
  )
  const frame = plot({
    width,
    height,
    marginLeft: names,
    marginRight: 30,
    marginTop: 0,
    marginBottom: footer,
    x: { type: "linear", domain: [0, end] },
    y: { type: "linear", domain: [height - footer, 0] },
    marks: [
      ...xAxis(
        {
          label: "Share of the simulated time that a unit computes",
          ticks: linearTicks(0, end),
          format: percentTick
        },
        true
      ),
      Plot.ruleX(ticks, { x: "busy", y1: "y1", y2: "y2", stroke: "stroke", strokeWidth: 2, strokeOpacity: 0.55 }),
      Plot.dot(means, { x: "mean", y: "middle", r: 5.5, fill: colour.ink, stroke: colour.surface, strokeWidth: 1.5 })
    ]
  })
  const texts = rows.map(
    ({ run, middle, title }) =>
      (title === undefined ? "" : label(names - 9, title.y, title.text, { anchor: "end", "font-weight": 600 })) +
      label(names - 9, middle, fitText(run.strategy.name, fontSize.body, names - 10), { anchor: "end" })
  )
  const picture = { width, height, body: frame.body + texts.join("") }
  const heading = label(0, 12, setting.title, { "font-weight": 700, "font-size": fontSize.strong })
  return named ? column([{ width, height: 24, body: heading }, picture], 4) : picture
}

/** How evenly the units compute: one tick a unit. */
export const unitBusy = figure("unit-busy", "load", (evidence) => {
  const runs = runsOf(evidence).filter((run) => run.unitBusy.length > 0)
  const settings = settingsOf(runs)
  if (settings.length === 0) return undefined
  const colours = strategyColours(strategiesOf(runsOf(evidence)))
  const end = niceCeil(greatestOf(runs.flatMap((run) => run.unitBusy)))
  const width = settings.length === 1 ? figureWidth.full : figureWidth.half
  return {
    title: "How evenly the units compute",
    caption:
      "Each tick is one unit, the dot is their mean. Ticks close together are a balanced load; far right is a busy machine.",
    picture: grid(
      settings.map((setting) => chart(setting, settings.length > 1, end, width, colours)),
      settings.length === 1 ? 1 : 2
    )
  }
})

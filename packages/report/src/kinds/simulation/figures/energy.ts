import { key } from "../../../drawing/legend.ts"
import { column } from "../../../drawing/picture.ts"
import { figure } from "../../../figure.ts"
import { joules, percent, tick } from "../../../format.ts"
import { metricOf, sentence } from "../../../metric.ts"
import { runsOf, settingsOf } from "../runs.ts"
import { figureWidth, hue } from "../../../theme.ts"
import { runBars } from "./run-bars.ts"

const parts = [
  { id: "energy_compute_j", colour: hue.grey },
  { id: "energy_memory_j", colour: hue.blue },
  { id: "energy_link_j", colour: hue.orange }
]

/** Energy of every run by what takes it; parts that the machine has no price for are not drawn. */
export const energy = figure("energy", "work", (evidence) => {
  const runs = runsOf(evidence)
  const metric = metricOf("energy_j")
  const picture = runBars(
    settingsOf(runs),
    { label: `${metric.title} (${metric.unit})`, format: tick(joules) },
    ({ metrics, strategy }) => {
      const all = metrics[metric.id]
      if (all === undefined) return undefined
      const link = metrics["energy_link_j"]
      return {
        label: strategy.name,
        segments: parts.flatMap(({ id, colour }) =>
          metrics[id] === undefined ? [] : [{ value: metrics[id], colour }]
        ),
        text: joules(all),
        ...(link !== undefined && all > 0 ? { note: `${percent(link / all, 0)} links` } : {})
      }
    }
  )
  if (picture === undefined) return undefined
  const drawn = parts.filter(({ id }) => runs.some(({ metrics }) => metrics[id] !== undefined))
  const legend = key(
    drawn.map(({ id, colour }) => ({ label: metricOf(id).title, colour })),
    figureWidth.full
  )
  return {
    title: "Energy by strategy",
    caption:
      `${sentence(metric.definition)}. Percentages are the links' share. Prices, each with its source, are in the ` +
      "machine's spec; that of arithmetic often is a whole board's power, an upper bound.",
    picture: column([legend, picture], 10)
  }
})

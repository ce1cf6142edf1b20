import { key } from "../../../drawing/legend.ts"
import { column } from "../../../drawing/picture.ts"
import { figure } from "../../../figure.ts"
import { duration, percentTick, times } from "../../../format.ts"
import { metricOf } from "../../../metric.ts"
import { figureWidth } from "../../../theme.ts"
import { bindsText, boundIds, boundsOf, partColour, partOf } from "../binds.ts"
import { leadingRun } from "../lead.ts"
import { runsOf, settingsOf } from "../runs.ts"
import { runBars } from "./run-bars.ts"

/** What every run's time is spent on. Left out where runs do not tell its parts apart. */
export const binds = figure("binds", "work", (evidence) => {
  const runs = runsOf(evidence)
  const settings = settingsOf(runs)
  const picture = runBars(settings, { label: "Share of the simulated time", format: percentTick }, (run) => {
    const parts = boundsOf(run)
    if (parts.length === 0) return undefined
    const time = run.metrics["layer_time_ps"]
    const ratio = run.metrics["lower_bound_ratio"]
    return {
      label: run.strategy.name,
      segments: parts.map(({ id, share }) => ({ value: share, colour: partColour(partOf(id)) })),
      text: time === undefined ? "" : duration(time),
      ...(ratio === undefined ? {} : { note: `${times(ratio)} bound` })
    }
  })
  if (picture === undefined) return undefined
  // Parts that would not be seen in any bar have no entry.
  const seen = boundIds.filter((id) => runs.some(({ metrics }) => (metrics[id] ?? 0) >= 0.001))
  const legend = key(
    seen.map((id) => ({ label: metricOf(id).title, colour: partColour(partOf(id)) })),
    figureWidth.full
  )
  const best = leadingRun(settings)
  const finding = best === undefined ? "" : bindsText(best)
  return {
    title: "What binds each strategy",
    caption: [
      finding,
      `Beside each bar: ${metricOf("layer_time_ps").definition}, and how many times the lower bound the run takes.`
    ]
      .filter((text) => text !== "")
      .join(" "),
    picture: column([legend, picture], 10)
  }
})

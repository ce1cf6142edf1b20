import { figure } from "../../../figure.ts"
import { compact, tick, times } from "../../../format.ts"
import { metricOf, sentence } from "../../../metric.ts"
import { leadOf } from "../lead.ts"
import { baseStrategy, runsOf, settingsOf, speedupOf, speedupOverBase, strategiesOf } from "../runs.ts"
import { leadText } from "../verdict.ts"
import { strategyColours } from "../../../theme.ts"
import { runBars } from "./run-bars.ts"

/** Throughput of every run, with its speed-up over the baseline, and over base where there is room. */
export const throughput = figure("throughput", "work", (evidence) => {
  const runs = runsOf(evidence)
  const settings = settingsOf(runs)
  const colours = strategyColours(strategiesOf(runs))
  const metric = metricOf("throughput_tokens_per_s")
  const picture = runBars(
    settings,
    { label: `${metric.title} (${metric.unit})`, format: tick(compact) },
    (run, setting) => {
      const value = run.metrics[metric.id]
      if (value === undefined) return undefined
      const { name } = run.strategy
      const speedup = name === setting.baseline ? undefined : speedupOf(setting, run)
      const beside = setting.baseline !== baseStrategy && name !== baseStrategy && settings.length === 1
      const overBase = beside ? speedupOverBase(setting, run) : undefined
      const notes = [
        ...(speedup === undefined ? [] : [times(speedup)]),
        ...(overBase === undefined ? [] : [`${times(overBase)} ${baseStrategy}`])
      ]
      return {
        label: run.strategy.name,
        segments: [{ value, colour: colours.get(run.strategy.name)! }],
        text: compact(value),
        ...(notes.length === 0 ? {} : { note: notes.join(", ") })
      }
    }
  )
  if (picture === undefined) return undefined
  const lead = leadOf(settings)
  const baselines = [...new Set(settings.map(({ baseline }) => baseline))].join(" or ")
  const finding = lead === undefined ? "" : ` Fastest is ${leadText(lead)}.`
  return {
    title: `${metric.title} by strategy`,
    caption: `${sentence(metric.definition)}. Factors are over ${baselines} on the same machine and batch.${finding}`,
    picture
  }
})

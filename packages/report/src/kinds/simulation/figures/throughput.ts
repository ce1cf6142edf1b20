import { figure } from "../../../figure.ts"
import { compact, integer, tick, times } from "../../../format.ts"
import { metricOf, sentence } from "../../../metric.ts"
import { runsOf, baseStrategy, bestOf, settingsOf, speedupOf, strategiesOf } from "../runs.ts"
import { strategyColours } from "../../../theme.ts"
import { runBars } from "./run-bars.ts"

/** Throughput of every run, with its speed-up over base. */
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
      const speedup = run.strategy.name === baseStrategy ? undefined : speedupOf(setting, run)
      return {
        label: run.strategy.name,
        segments: [{ value, colour: colours.get(run.strategy.name)! }],
        text: compact(value),
        ...(speedup === undefined ? {} : { note: times(speedup) })
      }
    }
  )
  if (picture === undefined) return undefined
  const best = bestOf(settings)
  const finding =
    best?.speedup === undefined
      ? ""
      : ` The greatest is ${times(best.speedup)}, with ${best.run.strategy.name} on ` +
        `${best.setting.title} at batch ${integer(best.run.batch)}.`
  return {
    title: `${metric.title} by strategy`,
    caption: `${sentence(metric.definition)}. Factors are over ${baseStrategy} on the same machine and batch.${finding}`,
    picture
  }
})

import { given } from "@moira/core"
import { figure } from "../../../figure.ts"
import { compact, tick, times } from "../../../format.ts"
import { metricOf, sentence } from "../../../metric.ts"
import { runsOf, baseStrategy, hopReductionOf, settingsOf, strategiesOf } from "../runs.ts"
import { strategyColours } from "../../../theme.ts"
import { runBars } from "./run-bars.ts"

/** Hops of expert weights on a log scale; no hops is said in words, since a log scale has no 0. */
export const hops = figure("hops", "work", (evidence) => {
  const runs = runsOf(evidence)
  const colours = strategyColours(strategiesOf(runs))
  const metric = metricOf("hops")
  const picture = runBars(
    settingsOf(runs),
    { label: `${metric.title} (log scale)`, log: true, format: tick(compact) },
    (run, setting) => {
      const value = run.metrics[metric.id]
      if (value === undefined) return undefined
      const reduction = run.strategy.name === baseStrategy ? undefined : hopReductionOf(setting, run)
      const note =
        reduction === undefined || reduction === 0
          ? undefined
          : reduction >= 1
            ? `${times(reduction)} fewer`
            : `${times(1 / reduction)} more`
      return {
        label: run.strategy.name,
        segments: [{ value, colour: colours.get(run.strategy.name)! }],
        text: value === 0 ? "0 hops" : compact(value),
        ...given({ note })
      }
    }
  )
  if (picture === undefined) return undefined
  return {
    title: "Expert weights moved over links",
    caption: `${sentence(metric.definition)}. Factors are against ${baseStrategy} on the same machine and batch.`,
    picture
  }
})

import { figure } from "../../../figure.ts"
import { metricOf, sentence } from "../../../metric.ts"
import { runsOf, settingsOf } from "../runs.ts"
import { runLines } from "./run-lines.ts"

/** Mean time of a layer step over the depth of the model. */
export const layerTimes = figure("layer-times", "layers", (evidence) => {
  const metric = metricOf("layer_time_ps")
  const picture = runLines(settingsOf(runsOf(evidence)), {
    x: "MoE layer",
    y: metric.title,
    points: (run) => run.layers.map(({ layer, timePs }) => ({ x: layer, y: timePs }))
  })
  if (picture === undefined) return undefined
  return {
    title: "Time of each MoE layer by strategy",
    caption: `${sentence(metric.definition)}, averaged over steps.`,
    picture
  }
})

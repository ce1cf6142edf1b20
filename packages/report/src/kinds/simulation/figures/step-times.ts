import { figure } from "../../../figure.ts"
import { runsOf, settingsOf } from "../runs.ts"
import { runLines } from "./run-lines.ts"

/** Time of all MoE layers of each decode step. Left out with a single step. */
export const stepTimes = figure("step-times", "layers", (evidence) => {
  const runs = runsOf(evidence).filter((run) => run.perStep.length > 1)
  const picture = runLines(settingsOf(runs), {
    x: "Decode step",
    y: "All MoE layers of a step",
    points: (run) => run.perStep.map(({ step, timePs }) => ({ x: step, y: timePs }))
  })
  if (picture === undefined) return undefined
  return {
    title: "Time of each decode step by strategy",
    caption: "Sum of the step's MoE layers. A step has as many tokens as requests are still alive.",
    picture
  }
})

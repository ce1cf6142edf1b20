/** What placements are told by. */
import type { Evidence } from "@moira/results"
import { percent, times } from "../../format.ts"
import type { Headline } from "../../reported-kind.ts"
import { bestLayout, leadOf, placeOf } from "./placements.ts"

/** What placing by the best optimizer gains over what is there now. */
export const placement = (evidence: Evidence): ReadonlyArray<Headline> => {
  const result = placeOf(evidence)
  const best = result === undefined ? undefined : bestLayout(result)
  if (result === undefined || best === undefined) return []
  const score = leadOf(best)
  const interval =
    best.speedupInterval === null ? "" : `95 % interval ${best.speedupInterval.map(times).join(" to ")}; `
  const sample = best.heldOut === null ? "in sample" : `judged on ${result.judgedOn}`
  const before = leadOf(result.layouts[0]!).balances.sglang
  return [
    {
      value: times(score.speedup),
      label: "predicted speed of a layer step over the present layout",
      detail: `${best.optimizer} on ${result.machine.name}, ${interval}${sample}`
    },
    {
      value: percent(score.balances.sglang),
      label: "balance of the units (mean over max load)",
      detail: `${best.optimizer}; ${percent(before)} with the present layout`
    }
  ]
}

/** Where the best layout is faster than the present one, by how much. */
export const placementMessage = (evidence: Evidence, model: string): string | undefined => {
  const placed = placeOf(evidence)
  const layout = placed === undefined ? undefined : bestLayout(placed)
  return placed !== undefined && layout !== undefined && leadOf(layout).speedup > 1
    ? `${model}: placed by ${layout.optimizer}, a layer step is predicted ${times(leadOf(layout).speedup)} as fast as now on ${placed.machine.name}`
    : undefined
}

/** Workload-aware serving (the study's insight 6): one placement that is balanced under each known task or language. */
import { Effect } from "effect"
import { inputFault } from "../input/check-input.ts"
import type { PlacementPolicy } from "../optimizer.ts"
import { optimiseLayer } from "../search/optimise-layer.ts"
import { layerSetups, placementOf } from "../search/setup.ts"

/**
 * Lowers the mean over `workloads` of the time that a layer takes when a step serves that workload alone; copies and
 * positions together.
 */
export const taskAware: PlacementPolicy = {
  contract: "placement/v1",
  id: "task-aware",
  title: "Task-aware",
  claims: { distinctCopies: true, avoidsDeadUnits: true },
  place: (input) => {
    const wrong = inputFault(input, { needs: ["workloads"] })
    if (wrong !== undefined) return Effect.fail(wrong)
    const counts = input.workloads!.map((workload) => workload.counts)
    return Effect.sync(() =>
      placementOf(
        input,
        layerSetups(input, counts).map((setup) => optimiseLayer(setup))
      )
    )
  }
}

export default taskAware

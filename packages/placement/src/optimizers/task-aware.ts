/** Workload-aware serving (the study's insight 6): one placement that is balanced under each known task or language. */
import { checkInput } from "../input/check-input.ts"
import { placing } from "../input/placing.ts"
import type { PlacementPolicy } from "../optimizer.ts"
import { optimiseLayer } from "../search/optimise-layer.ts"
import { placeLayerwise } from "../search/setup.ts"

/**
 * Lowers the mean over `workloads` of the time that a layer takes when a step serves that workload alone; copies and
 * positions together.
 */
const taskAware: PlacementPolicy = {
  contract: "placement/v1",
  id: "task-aware",
  title: "Task-aware",
  claims: { distinctCopies: true, avoidsDeadUnits: true },
  place: (input) =>
    placing(checkInput(input, { needs: ["workloads"] }), () => {
      const counts = input.workloads!.map((workload) => workload.counts)
      return placeLayerwise(input, counts, (setup) => optimiseLayer(setup))
    })
}

export default taskAware

/** Event driven: transfers share links and memory channels max-min fairly while units compute what has arrived. */
import type { Fabric } from "../machine.ts"
import type { NetworkModel, Watch } from "../network.ts"
import { makeFlow } from "../flow/step.ts"
import bottleneck from "./bottleneck.ts"

/** Completions fall on whole quanta, a share of what the closed form says that the step takes; never faster than it. */
const inQuanta = (fabric: Fabric, watch: Watch | undefined, tolerance: number): ReturnType<NetworkModel["prepare"]> => {
  const flow = makeFlow(fabric, watch)
  const closedForm = bottleneck.prepare(fabric)
  return (work, demand) => {
    const closedPs = closedForm(work, demand)
    return Math.max(closedPs, flow.step(work, Math.floor(tolerance * closedPs)))
  }
}

/**
 * See {@link makeFlow} for what happens when; never faster than `bottleneck`, and `ideal` for a single fetch. A
 * tolerance lets what ends at nearly the same time end at once, so that rates are worked out less often.
 */
const flow: NetworkModel = {
  contract: "network/v1",
  id: "flow",
  waitsForWeights: true,
  takesTolerance: true,
  prepare: (fabric, watch, { tolerance = 0 } = {}) => {
    if (tolerance > 0) return inQuanta(fabric, watch, tolerance)
    const { step } = makeFlow(fabric, watch)
    return (work) => step(work)
  }
}

export default flow

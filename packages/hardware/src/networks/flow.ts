/** Event driven: transfers share links and memory channels max-min fairly while units compute what has arrived. */
import type { NetworkModel } from "../network.ts"
import { makeFlow } from "../flow/step.ts"

/** See {@link makeFlow} for what happens when; never faster than `bottleneck`, and `ideal` for a single fetch. */
const flow: NetworkModel = {
  contract: "network/v1",
  id: "flow",
  waitsForWeights: true,
  prepare: (fabric, watch) => makeFlow(fabric, watch).step
}

export default flow

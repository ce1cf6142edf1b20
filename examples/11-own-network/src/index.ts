/**
 * Key concept: a network model says when a layer step is done, given what it asks of every resource.
 *
 * [1] `prepare` may allocate; the function that it returns runs once a layer step and must not.
 * [2] whole picoseconds, finite, and never below the closed form: `--verify` fails the run where it is.
 */
import bottleneck from "@moira/hardware/networks/bottleneck"
import { type NetworkModel } from "@moira/hardware"

/** The closed form, and one tenth more: a network that wastes a fixed share of its time. */
const network: NetworkModel = {
  contract: "network/v1",
  id: "own-network",
  prepare: (fabric) => {
    const closedForm = bottleneck.prepare(fabric) // [1]
    return (work, demand) => Math.ceil(1.1 * closedForm(work, demand)) // [2]
  }
}

export default network

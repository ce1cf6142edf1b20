import type { NetworkModel } from "@moira/hardware"

/** Throws at the first layer step. */
export default {
  contract: "network/v1",
  id: "throws",
  prepare: () => () => {
    throw new RangeError("the model broke")
  }
} satisfies NetworkModel

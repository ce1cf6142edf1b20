import type { NetworkModel } from "@moira/hardware"

/** Ends its thread at the first layer step. */
export default {
  contract: "network/v1",
  id: "exits",
  prepare: () => () => process.exit(3)
} satisfies NetworkModel

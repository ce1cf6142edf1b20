import type { Strategy } from "../strategy.ts"

/** Pred without a limit of memory, and with 64 candidates of each heatmap row: not a machine of the study. */
export default {
  contract: "strategy/v1",
  name: "pred-unlimited",
  title: "Pred, unlimited: Base with predictor-managed memory without an end",
  placement: "contiguous",
  allocator: "even",
  residency: "predicted-unlimited"
} satisfies Strategy

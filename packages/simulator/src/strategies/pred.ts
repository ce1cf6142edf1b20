import type { Strategy } from "../strategy.ts"

/** Pred: Base with predictor-managed memory. */
export default {
  contract: "strategy/v1",
  name: "pred",
  title: "Pred: Base with predictor-managed memory",
  placement: "contiguous",
  allocator: "even",
  residency: "predicted"
} satisfies Strategy

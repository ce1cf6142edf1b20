import type { Strategy } from "../strategy.ts"

/** Allo+Pred: Algorithm 1 with predictor-managed memory. */
export default {
  contract: "strategy/v1",
  name: "allo+pred",
  title: "Allo+Pred: Algorithm 1 with predictor-managed memory",
  placement: "contiguous",
  allocator: "algorithm-1",
  residency: "predicted"
} satisfies Strategy

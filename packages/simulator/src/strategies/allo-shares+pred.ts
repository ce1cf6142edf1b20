import type { Strategy } from "../strategy.ts"

/** Allo+Pred with the split limit read otherwise. */
export default {
  contract: "strategy/v1",
  name: "allo-shares+pred",
  title: "Allo+Pred by shares: Algorithm 1, split by shares of requests, with predictor-managed memory",
  placement: "contiguous",
  allocator: "algorithm-1-shares",
  residency: "predicted"
} satisfies Strategy

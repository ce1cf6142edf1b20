import type { Strategy } from "../strategy.ts"

/** Allo+Pred with ties broken the other way. */
export default {
  contract: "strategy/v1",
  name: "allo-high-ids+pred",
  title: "Allo+Pred to high ids: Algorithm 1, ties to the higher id, with predictor-managed memory",
  placement: "contiguous",
  allocator: "algorithm-1-high-ids",
  residency: "predicted"
} satisfies Strategy

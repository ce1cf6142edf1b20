import type { Strategy } from "../strategy.ts"

/** Allo with its ties broken the other way. */
export default {
  contract: "strategy/v1",
  name: "allo-high-ids",
  title: "Allo to high ids: Algorithm 1, ties to the higher id",
  placement: "contiguous",
  allocator: "algorithm-1-high-ids"
} satisfies Strategy

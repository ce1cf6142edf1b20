import type { Strategy } from "../strategy.ts"

/** Allo read otherwise: the split limit goes by an expert's share of all requests. */
export default {
  contract: "strategy/v1",
  name: "allo-shares",
  title: "Allo by shares: Algorithm 1, split by shares of requests",
  placement: "contiguous",
  allocator: "algorithm-1-shares"
} satisfies Strategy

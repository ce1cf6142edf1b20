import type { Strategy } from "../strategy.ts"

/** Allo: the study's Algorithm 1. */
export default {
  contract: "strategy/v1",
  name: "allo",
  title: "Allo: the study's Algorithm 1",
  placement: "contiguous",
  allocator: "algorithm-1"
} satisfies Strategy

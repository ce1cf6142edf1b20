import type { Strategy } from "../strategy.ts"

/** Algorithm 1 with all that Moira has but its allocator. */
export default {
  contract: "strategy/v1",
  name: "allo-copies",
  title: "Algorithm 1 on Moira's copies",
  placement: "contiguous",
  allocator: "algorithm-1",
  residency: "retained",
  decides: "meanwhile",
  taskOrder: "most-tokens-first"
} satisfies Strategy

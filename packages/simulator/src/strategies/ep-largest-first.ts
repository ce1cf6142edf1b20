import type { Strategy } from "../strategy.ts"

/** EP with Moira's task order: what the order alone is worth. */
export default {
  contract: "strategy/v1",
  name: "ep-largest-first",
  title: "EP, largest task first",
  placement: "contiguous",
  allocator: "at-home",
  taskOrder: "most-tokens-first"
} satisfies Strategy

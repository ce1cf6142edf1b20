import type { Strategy } from "../strategy.ts"

/** EP: work where the expert lies. */
export default {
  contract: "strategy/v1",
  name: "ep",
  title: "EP: work where the expert lies",
  placement: "contiguous",
  allocator: "at-home"
} satisfies Strategy

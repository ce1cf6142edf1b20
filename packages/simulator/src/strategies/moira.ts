import type { Strategy } from "../strategy.ts"

/** Moira: at home where that is fast enough, and the fewest, nearest moves that make it so. */
export default {
  contract: "strategy/v1",
  name: "moira",
  title: "Moira: balanced with the fewest moves, what was fetched stays",
  placement: "contiguous",
  allocator: "balance",
  residency: "retained"
} satisfies Strategy

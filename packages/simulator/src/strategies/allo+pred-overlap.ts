import type { Strategy } from "../strategy.ts"

/** The study's best with Moira's task order and overlap. */
export default {
  contract: "strategy/v1",
  name: "allo+pred-overlap",
  title: "Allo+Pred, largest task first, decided behind the first read",
  placement: "contiguous",
  allocator: "algorithm-1",
  residency: "predicted",
  decides: "meanwhile",
  taskOrder: "most-tokens-first"
} satisfies Strategy

import type { Strategy } from "../strategy.ts"

/** Allo+Pred with the predictor read otherwise. */
export default {
  contract: "strategy/v1",
  name: "allo+pred-late",
  title: "Allo+Pred, late: Algorithm 1 with memory that keeps what was predicted for now",
  placement: "contiguous",
  allocator: "algorithm-1",
  residency: "predicted-late"
} satisfies Strategy

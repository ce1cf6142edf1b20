import type { Strategy } from "../strategy.ts"

/** Pred read otherwise: keeps what was predicted for now. */
export default {
  contract: "strategy/v1",
  name: "pred-late",
  title: "Pred, late: Base with memory that keeps what was predicted for now",
  placement: "contiguous",
  allocator: "even",
  residency: "predicted-late"
} satisfies Strategy

import type { Strategy } from "../strategy.ts"

/** LPLB's dispatch over the same copies that Moira makes: a linear program each step. */
export default {
  contract: "strategy/v1",
  name: "lplb",
  title: "LPLB: best split over copies of busy experts",
  placement: "contiguous",
  allocator: "copies-lp",
  residency: "retained",
  decides: "meanwhile",
  taskOrder: "most-tokens-first"
} satisfies Strategy

import type { Strategy } from "../strategy.ts"

/** EPLB's dispatch over the same copies that Moira makes: token index modulo copies, so nobody decides. */
export default {
  contract: "strategy/v1",
  name: "eplb",
  title: "EPLB: even split over copies of busy experts",
  placement: "contiguous",
  allocator: "copies-even",
  residency: "retained",
  taskOrder: "most-tokens-first"
} satisfies Strategy

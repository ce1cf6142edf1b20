import type { Strategy } from "../strategy.ts"

/** METRO's dispatch over the same copies that Moira makes. */
export default {
  contract: "strategy/v1",
  name: "metro",
  title: "METRO: fewest active experts over copies of busy experts",
  placement: "contiguous",
  allocator: "fewest-active",
  residency: "retained",
  decides: "meanwhile",
  taskOrder: "most-tokens-first"
} satisfies Strategy

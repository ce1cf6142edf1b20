import type { Strategy } from "../strategy.ts"

/** Base: even work, blind to placement. */
export default {
  contract: "strategy/v1",
  name: "base",
  title: "Base: even work, blind to placement",
  placement: "contiguous",
  allocator: "even"
} satisfies Strategy

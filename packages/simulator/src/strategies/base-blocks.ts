import type { Strategy } from "../strategy.ts"

/** Base read otherwise: blocks of 50 requests, dealt round-robin. */
export default {
  contract: "strategy/v1",
  name: "base-blocks",
  title: "Base in blocks: even work, dealt block by block",
  placement: "contiguous",
  allocator: "even-blocks"
} satisfies Strategy

/** What is run where nobody chooses: one table for documents, commands and their help. */
import { defaultKvReserveShare } from "@moira/simulator"

export const usual = {
  seed: 1,
  /** Share of requests that judge what the others chose. */
  heldOutShare: 0.5,
  /** Tokens that judge a placement. */
  judge: "decode",
  /** What engines do, the study's two ends, and Moira's strategy. */
  simulate: { strategies: ["ep", "base", "allo+pred", "moira"], batch: 4096, steps: 32, network: "bottleneck" },
  place: { optimizers: ["eplb", "moira"], slots: 0, batch: 4096 },
  advise: {
    optimizer: "moira",
    maxSlots: 4,
    /** From small decode batches to those of large prefill. */
    batches: [64, 256, 1024, 4096, 16_384],
    kvReserveShare: defaultKvReserveShare
  }
} as const

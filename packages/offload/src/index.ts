/** The offloading backend: one GPU, experts in host memory, CXL memory or on an SSD. */
import { offload } from "./backend.ts"

export { offload } from "./backend.ts"
export * from "./machines.ts"
export { OffloadSpec, TierSpec } from "./spec.ts"
export default offload

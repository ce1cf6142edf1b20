/** One unit with experts behind a link: its machines, and what cache policies make of them. */
import { offload } from "./machine/backend.ts"

export { OffloadError } from "./error.ts"
export { OffloadSpec } from "./machine/spec.ts"
export { offloadCost } from "./simulate/cost.ts"
export type { CacheScope, PrefetchFor } from "./simulate/cache-run-options.ts"
export { simulateOffload } from "./simulate/offload.ts"
export type { CacheSize } from "./simulate/sizes.ts"
export default offload

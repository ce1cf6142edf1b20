/** One unit with experts behind a link: its machines, and what cache policies make of them. */
import { offload } from "./machine/backend.ts"

export { offload } from "./machine/backend.ts"
export * from "./machine/machines.ts"
export { OffloadSpec, TierSpec } from "./machine/spec.ts"
export default offload
export { OffloadError } from "./error.ts"
export { type ExpertTier, offloadCost, type OffloadCost } from "./simulate/cost.ts"
export { type ForecastFeed, type ForecastParts, makeForecasts } from "./simulate/forecasts.ts"
export {
  type CacheScope,
  type ForecastRows,
  type LaneOptions,
  type LaneTotals,
  type PrefetchFor
} from "./simulate/lane-options.ts"
export { type Lane, makeLane } from "./simulate/lane.ts"
export { type OffloadOptions } from "./simulate/offload-options.ts"
export { simulateOffload } from "./simulate/offload.ts"
export {
  type JudgedRequests,
  type LoadedRequests,
  loadRequests,
  type LoadRequestsOptions
} from "./simulate/requests.ts"
export { type CacheSize } from "./simulate/sizes.ts"
export { type DecodeStream, makeStream } from "./simulate/stream.ts"
export { makeTiers, type ReadTier } from "./simulate/tiers.ts"

/** What caches of experts are measured by, beside what they share with other simulations. */
import { metric, type Metrics } from "./metric.ts"

export const offloadMetrics: Metrics = new Map([
  metric(
    "hit_rate",
    "Hit rate",
    "1",
    "higher",
    "share of the experts that layer steps need which a cache of some experts holds when they are needed"
  ),
  metric(
    "late_rate",
    "Late rate",
    "1",
    "lower",
    "share of the experts that layer steps need which were fetched ahead and are still on their way"
  ),
  metric(
    "expert_copies",
    "Experts copied",
    "experts",
    "lower",
    "copies of experts into the unit's memory, on demand or ahead"
  ),
  metric(
    "moved_bytes",
    "Bytes moved",
    "B",
    "lower",
    "expert weights copied into the unit's memory, on demand or ahead"
  ),
  metric("moved_bytes_per_token", "Bytes a token", "B", "lower", "bytes moved over decode tokens"),
  metric(
    "stall_share",
    "Stall share",
    "1",
    "lower",
    "share of the simulated time that layer steps wait for experts to arrive"
  ),
  metric(
    "prefetched_experts",
    "Experts fetched ahead",
    "experts",
    "neither",
    "copies that began before their layer step"
  ),
  metric(
    "prefetch_accuracy",
    "Prefetch accuracy",
    "1",
    "higher",
    "share of the experts fetched ahead that the step they were fetched for needs"
  ),
  metric(
    "prefetch_coverage",
    "Prefetch coverage",
    "1",
    "higher",
    "share of the experts copied for a step that needs them whose copies began ahead of it"
  ),
  metric(
    "resident_share",
    "Share of full speed",
    "1",
    "higher",
    "throughput over that with all experts in the unit's own memory"
  )
])

/** The predictor with memory that has no end: how far the study's Pred would be reached without a limit that it states. */
import { predict, tableLimits } from "../predictor/predictor.ts"
import type { ResidencyPolicy } from "../residency.ts"

/** Half of Qwen3's experts: more predict nearly everything. */
const manyCandidates = 64

/** Not a machine that can be built from Table I: it stands beside `predicted` and is no rival of anything. */
const predictedUnlimited: ResidencyPolicy = {
  contract: "residency/v1",
  id: "predicted-unlimited",
  title: "Predictor-managed memory without an end",
  needsKnowledge: true,
  candidates: manyCandidates,
  ignoresCapacity: true,
  limits: tableLimits,
  prepare: (setup) => predict(setup, { keeps: "next", candidates: manyCandidates })
}

export default predictedUnlimited

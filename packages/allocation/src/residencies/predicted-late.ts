/** The predictor read otherwise: what the previous token predicted for this one is kept, a token late. */
import { predict, tableLimits } from "../predictor/predictor.ts"
import { topCandidates } from "../predictor/reading.ts"
import type { ResidencyPolicy } from "../residency.ts"

const predictedLate: ResidencyPolicy = {
  contract: "residency/v1",
  id: "predicted-late",
  title: "Predictor-managed memory, a token late",
  needsKnowledge: true,
  candidates: topCandidates,
  limits: tableLimits,
  prepare: (setup) => predict(setup, { keeps: "now", candidates: topCandidates })
}

export default predictedLate

/** The study's predictor-managed HBM: what is read now and predicted for the next token is kept, as far as memory goes. */
import { predict, tableLimits } from "../predictor/predictor.ts"
import { topCandidates } from "../predictor/reading.ts"
import type { ResidencyPolicy } from "../residency.ts"

const predicted: ResidencyPolicy = {
  contract: "residency/v1",
  id: "predicted",
  title: "Predictor-managed memory (the study's)",
  needsKnowledge: true,
  candidates: topCandidates,
  limits: tableLimits,
  prepare: (setup) => predict(setup, { keeps: "next", candidates: topCandidates })
}

export default predicted

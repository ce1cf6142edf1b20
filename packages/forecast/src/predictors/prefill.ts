import { onPopularity, plainCounts } from "../parts/frequencies.ts"
import { forecastContract, type Predictor } from "../predictor.ts"

/** Insight 1 of the study: the prompt's selections foretell those of its answer (Ob3). */
const prefill: Predictor = {
  contract: forecastContract,
  id: "prefill",
  title: "Prefill-seeded prior",
  description: "how often the request's own prompt chose each expert, on 8 tokens' worth of popularity",
  lead: "token",
  probabilities: true,
  train: (setup) =>
    onPopularity(setup, {
      open: (units) => plainCounts(units, setup.experts, (step) => step < 0),
      tokens: 8,
      unitBytes: 2 * setup.experts
    })
}

export default prefill

import { countFold } from "../parts/counting.ts"
import { frequencyForecaster, plainCounts } from "../parts/frequencies.ts"
import { countByTask, taskCountSize, taskFrequencies, taskPlace } from "../parts/task-prior.ts"
import { forecastContract, type Predictor } from "../predictor.ts"

/** The request's own use of experts takes over from its task's, token by token. */
const adaptive: Predictor = {
  contract: forecastContract,
  id: "adaptive",
  title: "Request frequencies",
  description: "how often the request chose each expert so far, prompt and answer, on 16 tokens' worth of its task",
  lead: "token",
  probabilities: true,
  train: (setup) =>
    countFold(
      taskCountSize(setup.tasks, setup.experts),
      (rows, table) => countByTask(rows, setup.tasks, table),
      (counts) =>
        frequencyForecaster(setup, {
          open: (units) => plainCounts(units, setup.experts, () => true),
          prior: taskFrequencies(counts, setup),
          place: taskPlace(setup),
          tokens: 16,
          unitBytes: 2 * setup.experts
        })
    )
}

export default adaptive

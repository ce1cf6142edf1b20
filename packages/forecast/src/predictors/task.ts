import { countFold } from "../parts/counting.ts"
import { countByTask, taskCountSize, taskFrequencies, taskPlace } from "../parts/task-prior.ts"
import { forecastContract, type Predictor } from "../predictor.ts"

/** Insight 6 of the study: tasks and languages, known ahead, have their own hot experts (Ob4). */
const task: Predictor = {
  contract: forecastContract,
  id: "task",
  title: "Task-aware prior",
  description:
    "how often training requests of the same benchmark, subject and language chose each expert, backed by the benchmark and by popularity",
  lead: "token",
  probabilities: true,
  train: (setup) => {
    const { experts, tasks } = setup
    return countFold(
      taskCountSize(tasks, experts),
      (rows, table) => countByTask(rows, tasks, table),
      (counts) => {
        const frequencies = taskFrequencies(counts, setup)
        const place = taskPlace(setup)
        return {
          cost: { tableBytes: 2 * frequencies.length, unitBytes: 4, operations: experts },
          open: (units) => {
            const places = new Int32Array(units)
            return {
              begin: (unit, of) => void (places[unit] = place(of)),
              observe: () => undefined,
              predict: (unit, _step, scores) => {
                const at = places[unit]!
                for (let e = 0; e < experts; e++) scores[e] = frequencies[at + e]!
              }
            }
          }
        }
      }
    )
  }
}

export default task

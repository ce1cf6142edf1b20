import { countFold } from "../parts/counting.ts"
import { forecastContract, type Predictor } from "../predictor.ts"

/** Is told the answer: the bound that no predictor passes, and a test of whoever evaluates. */
const oracle: Predictor = {
  contract: forecastContract,
  id: "oracle",
  title: "Oracle",
  description: "the experts that the token will choose",
  lead: "none",
  probabilities: false,
  train: ({ experts }) =>
    countFold(
      0,
      () => undefined,
      () => ({
        cost: { tableBytes: 0, unitBytes: 0, operations: 0 },
        open: (units) => {
          const answers = new Float64Array(units * experts)
          return {
            begin: (unit) => answers.fill(0, unit * experts, (unit + 1) * experts),
            observe: () => undefined,
            reveal: (unit, _step, ids, from, to) => {
              answers.fill(0, unit * experts, (unit + 1) * experts)
              for (let i = from; i < to; i++) if (ids[i]! < experts) answers[unit * experts + ids[i]!]!++
            },
            predict: (unit, _step, scores) => {
              for (let e = 0; e < experts; e++) scores[e] = answers[unit * experts + e]!
            }
          }
        }
      })
    )
}

export default oracle

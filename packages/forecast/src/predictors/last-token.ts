import { countFold, countSelections, popularityOf } from "../parts/counting.ts"
import { recentSteps } from "../parts/recent.ts"
import { forecastContract, type Predictor } from "../predictor.ts"

/** What is left for popularity, which orders the experts that the last token did not choose. */
const popularShare = 0.02

/** The last token's experts again, which is what a cache of one token's experts amounts to. */
const lastToken: Predictor = {
  contract: forecastContract,
  id: "last-token",
  title: "Last token",
  description: "the experts that the last token chose at this layer; popularity orders the rest",
  lead: "token",
  probabilities: true,
  train: ({ experts, topK }) =>
    countFold(
      experts,
      (rows, table) => countSelections(rows, table),
      (table) => {
        const popularity = popularityOf(table, experts)
        return {
          cost: { tableBytes: 2 * experts, unitBytes: 2 * topK, operations: experts + topK },
          open: (units) => {
            const recent = recentSteps(units, 1, experts, topK)
            return {
              begin: recent.forget,
              observe: (unit, _step, ids, from, to) => recent.push(unit, ids, from, to),
              predict: (unit, _step, scores) => {
                const count = recent.count(unit, 1)
                const ids = recent.ids(unit, 1)
                const rest = count === 0 ? 1 : popularShare
                for (let e = 0; e < experts; e++) scores[e] = rest * popularity[e]!
                for (let i = 0; i < count; i++) scores[ids[i]!]! += (1 - rest) / count
              }
            }
          }
        }
      }
    )
}

export default lastToken

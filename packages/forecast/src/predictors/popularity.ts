import { countFold, countSelections, popularityOf } from "../parts/counting.ts"
import { forecastContract, type Predictor } from "../predictor.ts"

/** What every other predictor must beat: the same experts for everybody. */
const popularity: Predictor = {
  contract: forecastContract,
  id: "popularity",
  title: "Popularity",
  description: "how often training requests chose each expert at this layer",
  lead: "token",
  probabilities: true,
  train: ({ experts }) =>
    countFold(
      experts,
      (rows, table) => countSelections(rows, table),
      (table) => {
        const shares = popularityOf(table, experts)
        return {
          cost: { tableBytes: 2 * experts, unitBytes: 0, operations: experts },
          open: () => ({
            begin: () => undefined,
            observe: () => undefined,
            predict: (_unit, _step, scores) => scores.set(shares)
          })
        }
      }
    )
}

export default popularity

/** A predictor made of others. */
import { type Member, validationScores } from "./validation.ts"
import {
  type Combination,
  type Combiner,
  forecastContract,
  type LayerFold,
  type LayerForecaster,
  type LayerSetup,
  type Lead,
  type Predictor,
  type PredictorCost
} from "../predictor.ts"

const sum = (costs: ReadonlyArray<PredictorCost>, pick: (cost: PredictorCost) => number): number =>
  costs.reduce((total, cost) => total + pick(cost), 0)

/** What the members take together, and the weights; each member's score is read once more to combine it. */
export const combinedCost = (costs: ReadonlyArray<PredictorCost>, experts: number): PredictorCost => ({
  tableBytes: sum(costs, (c) => c.tableBytes) + 2 * costs.length,
  unitBytes: sum(costs, (c) => c.unitBytes),
  operations: sum(costs, (c) => c.operations) + costs.length * experts
})

/** One layer of a combination, from the trained members and the fitted rule. */
const combinedForecaster = (
  members: ReadonlyArray<LayerForecaster>,
  { combine }: Combiner,
  experts: number
): LayerForecaster => ({
  cost: combinedCost(
    members.map(({ cost }) => cost),
    experts
  ),
  open: (units) => {
    const sessions = members.map((member) => member.open(units))
    const scores = members.map(() => new Float64Array(experts))
    return {
      begin: (unit, task) => {
        for (let m = 0; m < sessions.length; m++) sessions[m]!.begin(unit, task)
      },
      observe: (unit, step, ids, from, to) => {
        for (let m = 0; m < sessions.length; m++) sessions[m]!.observe(unit, step, ids, from, to)
      },
      predict: (unit, step, into, earlier, from, to) => {
        for (let m = 0; m < sessions.length; m++) sessions[m]!.predict(unit, step, scores[m]!, earlier, from, to)
        combine(scores, into)
      }
    }
  }
})

const train = (
  members: ReadonlyArray<Predictor>,
  fit: Combination["fit"],
  setup: LayerSetup
): LayerFold<Array<any>> => {
  const folds = members.map((member) => member.train(setup))
  return {
    empty: () => folds.map((fold) => fold.empty()),
    add: (states, rows) => folds.forEach((fold, m) => fold.add(states[m], rows)),
    merge: (into, from) => folds.forEach((fold, m) => fold.merge(into[m], from[m])),
    finish: (states, validation) => {
      const trained = folds.map((fold, m): Member => {
        return { predictor: members[m]!, forecaster: fold.finish(states[m], validation) }
      })
      const scores = validationScores(trained, setup.experts, setup.tasks, validation)
      return combinedForecaster(
        trained.map(({ forecaster }) => forecaster),
        fit(scores),
        setup.experts
      )
    }
  }
}

/** The shortest lead of some predictors: a combination knows no sooner than its last member. */
const shortest = (members: ReadonlyArray<Predictor>): Lead => {
  const leads: ReadonlyArray<Lead> = ["none", "layer", "token"]
  return leads.find((lead) => members.some((member) => member.lead === lead)) ?? "token"
}

/** A predictor that combines the scores of members, which must be probabilities and no combinations themselves. */
export const combination = (
  about: Pick<Predictor, "id" | "title" | "description">,
  members: ReadonlyArray<Predictor>,
  fit: Combination["fit"]
): Predictor => {
  const unfit = members.find((member) => !member.probabilities || member.combination !== undefined)
  if (unfit !== undefined) throw new RangeError(`${about.id}: ${unfit.id} cannot be a member of a combination`)
  return {
    contract: forecastContract,
    ...about,
    lead: shortest(members),
    probabilities: true,
    train: (setup) => train(members, fit, setup),
    combination: { members, fit }
  }
}

/** Several predictors of one layer, trained and asked together, so that members of combinations run once. */
import { scoreRows } from "../kernels/rows.ts"
import { combinedCost } from "../parts/combination.ts"
import { earlierIds, type Listener } from "../parts/replay.ts"
import { ofMembers, validationScores } from "../parts/validation.ts"
import { fitCombiner, trainLayer } from "../checked-predictor.ts"
import type { LayerRows, LayerSetup, Predictor, PredictorCost } from "../predictor.ts"

export interface Panel {
  readonly predictors: ReadonlyArray<Predictor>
  readonly costs: ReadonlyArray<PredictorCost>
  /** Weights of the members of combinations; `undefined` of singles. */
  readonly weights: ReadonlyArray<Float64Array | undefined>
  /** `spareBytes`: of the memory of the kernels, for what else works on the scores. */
  readonly open: (spareBytes?: number) => PanelSession
}

export interface PanelSession extends Listener {
  /** By predictor, what {@link PanelSession.predict} wrote. */
  readonly scores: ReadonlyArray<Float64Array>
  /** Forecasts the selections at `rows.current.ids[from]` to `[to]` as unit 0; hot, no allocation. */
  readonly predict: (rows: LayerRows, step: number, from: number, to: number) => void
}

/** Trains singles on the training rows and fits combinations on the validation rows. */
export const trainPanel = (
  predictors: ReadonlyArray<Predictor>,
  setup: LayerSetup,
  train: ReadonlyArray<LayerRows>,
  validation: ReadonlyArray<LayerRows>
): Panel => {
  const membersOf = (predictor: Predictor) => predictor.combination?.members ?? [predictor]
  const singles = [...new Set(predictors.flatMap(membersOf))].map((predictor) => ({
    predictor,
    forecaster: trainLayer(predictor, setup, train, validation)
  }))
  const placesOf = predictors.map((predictor) =>
    membersOf(predictor).map((member) => singles.findIndex((single) => single.predictor === member))
  )
  const combined = [...new Set(predictors.flatMap((p, i) => (p.combination === undefined ? [] : placesOf[i]!)))]
  const judged =
    combined.length === 0
      ? undefined
      : validationScores(
          combined.map((place) => singles[place]!),
          setup.experts,
          setup.tasks,
          validation
        )
  const combiners = predictors.map((predictor, i) =>
    fitCombiner(predictor, setup, () =>
      ofMembers(
        judged!,
        placesOf[i]!.map((place) => combined.indexOf(place))
      )
    )
  )
  const costs = predictors.map((_, i) => {
    const of = placesOf[i]!.map((place) => singles[place]!.forecaster.cost)
    return combiners[i] === undefined ? of[0]! : combinedCost(of, setup.experts)
  })

  const open = (spareBytes = 0): PanelSession => {
    const sessions = singles.map(({ forecaster }) => forecaster.open(1))
    const written = scoreRows(singles.length + predictors.length, setup.experts, spareBytes)
    const single = written.slice(0, singles.length)
    const inputs = placesOf.map((places) => places.map((place) => single[place]!))
    const scores = predictors.map((_, i) =>
      combiners[i] === undefined ? inputs[i]![0]! : written[singles.length + i]!
    )
    return {
      scores,
      begin: (unit, task) => {
        for (let s = 0; s < sessions.length; s++) sessions[s]!.begin(unit, task)
      },
      observe: (unit, step, ids, from, to) => {
        for (let s = 0; s < sessions.length; s++) sessions[s]!.observe(unit, step, ids, from, to)
      },
      predict: (rows, step, from, to) => {
        for (let s = 0; s < sessions.length; s++) {
          const session = sessions[s]!
          const { lead } = singles[s]!.predictor
          if (lead === "none") session.reveal?.(0, step, rows.current.ids, from, to)
          const earlier = earlierIds(rows, lead)
          session.predict(0, step, single[s]!, earlier, Math.min(from, earlier.length), Math.min(to, earlier.length))
        }
        for (let i = 0; i < combiners.length; i++) combiners[i]?.combine(inputs[i]!, scores[i]!)
      }
    }
  }
  return { predictors, costs, weights: combiners.map((combiner) => combiner?.weights), open }
}

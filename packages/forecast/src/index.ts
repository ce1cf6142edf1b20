/** Predictors of expert selections, and what each is worth on requests that it has not seen. */

export { forecast } from "./evaluation/forecast.ts"
export { runForecast, type RunForecastOptions } from "./evaluation/run-forecast.ts"
export type { ForecastOptions } from "./evaluation/settings.ts"
export { combination } from "./parts/combination.ts"
export { heatmapPredictor } from "./parts/heatmap.ts"
export { type LayerFold, type LayerSetup, type Predictor, predictorKind } from "./predictor.ts"
export { defaultRoles, role, rolesOfRequests } from "./roles.ts"
export { type ForecastSession, openForecast } from "./session.ts"
export { tasksOf } from "./tasks.ts"
export { topExperts } from "./top.ts"
export { type TrainedForecast, trainForecast } from "./training.ts"

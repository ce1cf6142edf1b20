/**
 * The test kit that every predictor runs, in this repository or outside it: call {@link predictorConformance} from a
 * test file.
 */
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { forecastContract, type Predictor } from "./predictor.ts"
import { predictorChecks } from "./testing/checks.ts"

export { type Check, predictorChecks } from "./testing/checks.ts"

/** Registers one test for each check of the contract. */
export const predictorConformance = (predictor: Predictor): void => {
  describe(`${predictor.id}: ${forecastContract}`, () => {
    for (const { name, run } of predictorChecks(predictor)) it.effect(name, () => Effect.sync(run))
  })
}

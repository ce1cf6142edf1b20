/** Registers the contract of runners as tests. */
import { describe, it } from "@effect/vitest"
import type { Layer } from "effect"
import type { Runner } from "../runner.ts"
import { runnerChecks } from "./runner-checks.ts"

/** One test for each check, in real time: threads and machines do not know a test's clock. */
export const runnerConformance = (title: string, layer: Layer.Layer<Runner>): void => {
  describe(title, () => {
    for (const { name, run } of runnerChecks(layer)) it.live(name, () => run, 60_000)
  })
}

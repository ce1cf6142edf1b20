/** Registers the contract of runners as tests. */
import { describe, it } from "@effect/vitest"
import type { RunnerPlugin } from "../runner.ts"
import { runnerChecks } from "./runner-checks.ts"

/** One test for each check and number of workers, in real time: threads and machines do not know a test's clock. */
export const runnerConformance = (plugin: RunnerPlugin, workers: ReadonlyArray<number> = [1, 3]): void => {
  for (const many of workers) {
    describe(`runner ${plugin.id}, up to ${many}`, () => {
      for (const { name, run } of runnerChecks(plugin, many)) it.live(name, () => run, 60_000)
    })
  }
}

/** Checks as data: a kit registers them as tests, and the kit's own test runs them on broken plug-ins. */
import { describe, it } from "@effect/vitest"
import type { Effect } from "effect"

export interface Check {
  readonly name: string
  readonly run: Effect.Effect<void, unknown>
}

/** Registers one test for each check. */
export const registerChecks = (title: string, checks: ReadonlyArray<Check>): void => {
  describe(title, () => {
    for (const { name, run } of checks) it.effect(name, () => run)
  })
}

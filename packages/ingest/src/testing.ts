/** The conformance kit for authors of trace formats: `conformance(source, fixtures)` is the whole test file. */
import { describe, it } from "@effect/vitest"
import { conformanceChecks } from "./testing/checks.ts"
import { countsChecks, type CountsFixtures } from "./testing/counts.ts"
import type { Fixtures } from "./testing/fixtures.ts"
import type { CountsSource } from "./counts-source.ts"
import type { TraceSource } from "./source.ts"

export { conformanceChecks } from "./testing/checks.ts"
export { type Check } from "./testing/recognised.ts"
export { countsChecks, type CountsFixtures, type ExpectedCounts } from "./testing/counts.ts"
export type { AcceptedFixture, ExpectedRequest, FixtureFiles, Fixtures, RefusedFixture } from "./testing/fixtures.ts"
export { fixtureFolder } from "./testing/fixtures.ts"

/** Registers every check of the contract as a test; fixtures give what to accept and what to refuse. */
export const conformance = (source: TraceSource, fixtures: Fixtures): void => {
  describe(`trace format ${source.id}`, () => {
    for (const check of conformanceChecks(source, fixtures)) it.live(check.name, () => check.run, 60_000)
  })
}

/** The same for counts: registers every check of a counts format as a test. */
export const countsConformance = (source: CountsSource, fixtures: CountsFixtures): void => {
  describe(`counts format ${source.id}`, () => {
    for (const check of countsChecks(source, fixtures)) it.live(check.name, () => check.run, 60_000)
  })
}

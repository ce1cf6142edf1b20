/** What every counts format must do, as checks that name what they check and throw `Nonconformance`. */
import { countsFault, type ExpertCounts } from "@moira/trace"
import { given, type Model, random, substream } from "@moira/core"
import { Cause, Effect, Exit, Stream } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { countsFormatKind, type CountsSource } from "../counts-source.ts"
import { IngestError, type IngestReason } from "../fault/error.ts"
import { meaningful, wellTold } from "./checks.ts"
import { type Check, identity, recognised } from "./recognised.ts"
import { type FixtureFiles, fixtureFolder } from "./fixtures.ts"
import { demand, Nonconformance } from "./outcome.ts"

/** What one workload must come out as; what is left out is not compared. */
export interface ExpectedCounts {
  readonly workload: string
  readonly phase?: ExpertCounts["phase"]
  readonly layers?: ReadonlyArray<number>
  readonly experts: number
  readonly steps: number
  /** `[step][layer][expert]`. */
  readonly counts: ReadonlyArray<number>
  /** Text that one of the notes must hold. */
  readonly note?: string
}

export interface CountsFixtures {
  readonly accepted: ReadonlyArray<{
    readonly name: string
    readonly files: FixtureFiles
    readonly model?: string | Model
    /** In the order that the source must give. */
    readonly workloads: ReadonlyArray<ExpectedCounts>
  }>
  readonly refused: ReadonlyArray<{
    readonly name: string
    readonly files: FixtureFiles
    readonly model?: string | Model
    readonly reason: IngestReason
    /** Text that the error's `where` must hold. */
    readonly where?: string
  }>
  /** Random places at which each accepted file is cut, besides its ends; 64 when left out. */
  readonly cuts?: number
  readonly seed?: number
}

const patience = "10 seconds"

/** Reads everything. A throw, a defect or no end is `Nonconformance`; an `IngestError` is a value. */
export const countsOutcome = Effect.fnUntraced(function* (
  source: CountsSource,
  folder: string,
  model: string | Model | undefined
) {
  const run = Effect.suspend(() => source.read([folder], given({ model }))).pipe(
    Effect.flatMap((read) =>
      Effect.map(Stream.runCollect(read.workloads), (workloads) => ({ files: read.files, workloads }))
    )
  )
  const exit = yield* Effect.exit(Effect.timeoutOption(run, patience))
  if (Exit.isSuccess(exit)) {
    if (exit.value._tag === "None") throw new Nonconformance(`did not end within ${patience}`)
    return exit.value.value
  }
  const failure = exit.cause.reasons.length === 1 ? exit.cause.reasons[0]! : undefined
  if (failure?._tag === "Fail" && failure.error instanceof IngestError) return failure.error
  throw new Nonconformance(`threw or failed untyped instead of an IngestError: ${Cause.pretty(exit.cause)}`)
})

type Accepted = CountsFixtures["accepted"][number]
type Refused = CountsFixtures["refused"][number]

const sameAs = (found: ExpertCounts, expected: ExpectedCounts): void => {
  const which = `workload ${expected.workload}`
  demand(found.workload === expected.workload, `${found.workload} where ${which} belongs`)
  demand(
    found.experts === expected.experts && found.steps === expected.steps,
    `${which}: ${found.steps} x ${found.experts}`
  )
  demand(expected.phase === undefined || found.phase === expected.phase, `${which}: phase is ${found.phase}`)
  demand(
    expected.layers === undefined || found.layers.join() === expected.layers.join(),
    `${which}: layers ${found.layers.join()}`
  )
  const fault = countsFault(found)
  demand(fault === undefined, `${which}: ${fault}`)
  const wrong = expected.counts.findIndex((count, i) => found.counts[i] !== count)
  demand(wrong < 0, `${which}: count ${wrong} is ${found.counts[wrong]}, expected ${expected.counts[wrong]}`)
  demand(found.counts.length === expected.counts.length, `${which}: ${found.counts.length} counts`)
  demand(/^[0-9a-f]{64}$/.test(found.sha256) && found.source !== "", `${which}: does not say where it came from`)
  const { note } = expected
  demand(
    note === undefined || found.notes.some((told) => told.includes(note)),
    `${which}: notes are ${found.notes.join("; ")}`
  )
}

const conserved = (source: CountsSource, fixture: Accepted): Check => ({
  name: `${fixture.name}: keeps every count, again and again`,
  run: Effect.gen(function* () {
    const folder = yield* fixtureFolder(fixture.files)
    for (let time = 0; time < 2; time++) {
      const all = yield* countsOutcome(source, folder, fixture.model)
      if (all instanceof IngestError) throw new Nonconformance(`refused what it should accept: ${all.message}`)
      demand(
        all.workloads.length === fixture.workloads.length,
        `${all.workloads.length} workloads, not ${fixture.workloads.length}`
      )
      all.workloads.forEach((found, i) => sameAs(found, fixture.workloads[i]!))
    }
  })
})

const truncated = (source: CountsSource, fixture: Accepted, cuts: number, seed: number): Check => ({
  name: `${fixture.name}: fails typed wherever a file is cut`,
  run: Effect.gen(function* () {
    const folder = yield* fixtureFolder(fixture.files)
    for (const name of Object.keys(fixture.files).filter((n) => source.endings.some((ending) => n.endsWith(ending)))) {
      const file = path.join(folder, name)
      const bytes = fs.readFileSync(file)
      const end = meaningful(bytes)
      const { below } = random(substream(seed, fixture.name, name))
      const places = [0, 1, end - 1, ...Array.from({ length: cuts }, () => below(end))]
      for (const place of new Set(places.filter((p) => p >= 0 && p < end))) {
        fs.writeFileSync(file, bytes.subarray(0, place))
        const error = yield* countsOutcome(source, folder, fixture.model)
        if (!(error instanceof IngestError))
          throw new Nonconformance(`${name} cut to ${place} of ${bytes.length} bytes was accepted`)
        wellTold(error, folder)
      }
      fs.writeFileSync(file, bytes)
    }
  })
})

const refused = (source: CountsSource, fixture: Refused): Check => ({
  name: `${fixture.name}: is refused as ${fixture.reason}`,
  run: Effect.gen(function* () {
    const folder = yield* fixtureFolder(fixture.files)
    const error = yield* countsOutcome(source, folder, fixture.model)
    if (!(error instanceof IngestError)) throw new Nonconformance(`accepted ${error.workloads.length} workloads`)
    demand(error.reason === fixture.reason, `refused as ${error.reason}: ${error.message}`)
    wellTold(error, folder)
    const place = fixture.where ?? ""
    demand(error.where.includes(place), `where is ${JSON.stringify(error.where)}, which does not hold ${place}`)
  })
})

/** All checks of a counts format against its author's fixtures. Run them in real time: a hang is found by the clock. */
export const countsChecks = (source: CountsSource, fixtures: CountsFixtures): ReadonlyArray<Check> => [
  identity(source, countsFormatKind.is(source), "a CountsSource"),
  ...fixtures.accepted.flatMap((fixture) => [
    recognised(source, fixture),
    conserved(source, fixture),
    truncated(source, fixture, fixtures.cuts ?? 64, fixtures.seed ?? 1)
  ]),
  ...fixtures.refused.map((fixture) => refused(source, fixture))
]

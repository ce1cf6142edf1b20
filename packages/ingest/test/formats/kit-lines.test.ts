import { assert, it } from "@effect/vitest"
import { Cause, Effect, Exit, Stream } from "effect"
import llamaCpp from "../../src/formats/llama-cpp/index.ts"
import type { TraceSource } from "../../src/source.ts"
import { type AcceptedFixture, conformanceChecks } from "../../src/testing.ts"
import { passLines, text } from "../llama-cpp/cases.ts"
import { madeUp } from "../fixtures/rows.ts"
import { tiny } from "../tiny.ts"

const lines: AcceptedFixture = {
  name: "lines",
  files: { "t.csv": text },
  model: tiny,
  linesStandAlone: true,
  requests: [
    { prefillTokens: 5, decodeTokens: 3 },
    { prefillTokens: 2, decodeTokens: 0 }
  ]
}
const { linesStandAlone: _, ...unclaimed } = lines
/** One pass, which no cut leaves good. */
const onePass: AcceptedFixture = {
  ...lines,
  files: { "t.csv": passLines(madeUp(1, 1)) },
  requests: [{ prefillTokens: 0, decodeTokens: 1 }]
}

/** Why the check of cuts fails, undefined where it holds. */
const complaint = (source: TraceSource, fixture: AcceptedFixture) =>
  Effect.gen(function* () {
    const check = conformanceChecks(source, { accepted: [fixture], refused: [] }).find(({ name }) =>
      name.includes("is cut")
    )!
    const exit = yield* Effect.exit(check.run)
    return Exit.isSuccess(exit) ? undefined : Cause.pretty(exit.cause)
  })

/** llama-cpp with its requests spoilt where the file is not the whole one. */
const spoiltWhenCut: TraceSource = {
  ...llamaCpp,
  read: (paths, options) =>
    Effect.map(llamaCpp.read(paths, options), (read) => ({
      ...read,
      requests: Stream.map(read.requests, (request) =>
        request.decodeTokens === 1 ? { ...request, ids: request.ids.toReversed() } : request
      )
    }))
}
const swallowing: TraceSource = {
  ...llamaCpp,
  read: (paths, options) =>
    Effect.map(llamaCpp.read(paths, options), (read) => ({
      ...read,
      requests: Stream.catch(read.requests, () => Stream.empty)
    }))
}

const expected: ReadonlyArray<readonly [string, TraceSource, AcceptedFixture, string | undefined]> = [
  ["a claim that holds", llamaCpp, lines, undefined],
  ["a claim left out", llamaCpp, unclaimed, "was accepted"],
  ["a claim that no cut bears out", llamaCpp, onePass, "refused all of them"],
  ["no claim, and none needed", llamaCpp, { ...onePass, linesStandAlone: undefined } as never, undefined],
  ["another request than that of the whole", spoiltWhenCut, lines, "something else than the beginning"],
  ["a cut inside a line", swallowing, lines, "was accepted"]
]

for (const [name, source, fixture, why] of expected) {
  it.live(`the kit judges cuts between lines: ${name}`, () =>
    Effect.gen(function* () {
      const said = yield* complaint(source, fixture)
      if (why === undefined) assert.isUndefined(said)
      else assert.include(said, why)
    })
  )
}

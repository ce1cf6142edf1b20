import { assert, it } from "@effect/vitest"
import type { TraceRequest } from "@moira/trace"
import { Effect, Exit, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { IngestError } from "../src/fault/error.ts"
import patternsJson from "../src/formats/patterns-json/index.ts"
import type { TraceSource } from "../src/source.ts"
import { conformanceChecks, type Fixtures } from "../src/testing.ts"
import { tiny, trace } from "./tiny.ts"

const text = JSON.stringify(trace)
const fixtures: Fixtures = {
  accepted: [
    {
      name: "good",
      files: { "0.json": text, "1.json": text.replace("[3,9]", "[9,3]") },
      model: tiny,
      requests: [
        { prefillTokens: 2, decodeTokens: 2 },
        { prefillTokens: 2, decodeTokens: 2 }
      ]
    }
  ],
  refused: [{ name: "bad", files: { "0.json": text.replace("11", "12") }, model: tiny, reason: "OutOfRange" }],
  cuts: 8
}

/** Names of the checks that a source fails; the clock runs so that a source that hangs runs out of patience. */
const failing = (source: TraceSource) =>
  Effect.gen(function* () {
    const failed: Array<string> = []
    for (const check of conformanceChecks(source, fixtures)) {
      const fiber = yield* Effect.forkChild(Effect.exit(Effect.scoped(check.run)))
      for (let i = 0; i < 20_000 && fiber.pollUnsafe() === undefined; i++) yield* Effect.yieldNow
      yield* TestClock.adjust("1 hour")
      if (Exit.isFailure(yield* Fiber.join(fiber))) failed.push(check.name)
    }
    return failed
  })

type Requests = Stream.Stream<TraceRequest, IngestError>

/** patterns-json with its stream spoilt. */
const spoilt = (change: (requests: Requests) => Requests): TraceSource => ({
  ...patternsJson,
  read: (paths, options) =>
    Effect.map(patternsJson.read(paths, options), (read) => ({ ...read, requests: change(read.requests) }))
})

const named = {
  identity: "has a name, a title and the contract's functions",
  recognised: "good: is recognised from its start",
  conserved: "good: keeps every token and id",
  streamed: "good: gives the same whole, one by one and again",
  cut: "good: fails typed wherever a file is cut",
  refused: "bad: is refused as OutOfRange"
}

let draws = 0
const broken: ReadonlyArray<readonly [string, TraceSource, ReadonlyArray<keyof typeof named>]> = [
  ["nothing wrong", patternsJson, []],
  ["a name with a space", { ...patternsJson, id: "Patterns JSON" }, ["identity"]],
  ["no ending", { ...patternsJson, endings: [] }, ["identity", "recognised"]],
  ["recognises nothing", { ...patternsJson, recognises: () => ({ matches: false, why: "no" }) }, ["recognised"]],
  ["recognises anything", { ...patternsJson, recognises: () => ({ matches: true }) }, ["recognised"]],
  [
    "uses the memory of a request again",
    spoilt((requests) => {
      const shared = new Uint16Array(64)
      return Stream.map(requests, (request) => {
        shared.set(request.ids)
        return { ...request, ids: shared.subarray(0, request.ids.length) }
      })
    }),
    ["streamed"]
  ],
  [
    "loses a token",
    spoilt(Stream.map((request) => ({ ...request, decodeTokens: request.decodeTokens - 1 }))),
    ["conserved"]
  ],
  ["loses a request", spoilt(Stream.drop(1)), ["conserved"]],
  [
    "gives a wild id",
    spoilt(Stream.map((request) => ({ ...request, ids: request.ids.map((id) => (id === 9 ? 12 : id)) }))),
    ["conserved"]
  ],
  [
    "gives something else each time",
    spoilt(Stream.map((request) => ({ ...request, source: `${request.source}#${draws++}` }))),
    ["streamed"]
  ],
  ["swallows errors", spoilt(Stream.catch(() => Stream.empty)), ["cut", "refused"]],
  ["throws", spoilt(Stream.orDie), ["cut", "refused"]],
  ["hangs on a bad file", spoilt(Stream.catch(() => Stream.never)), ["cut", "refused"]],
  [
    "does not say where",
    spoilt(Stream.mapError(({ reason, what, hint }) => new IngestError({ reason, where: "a file", what, hint }))),
    ["cut", "refused"]
  ],
  [
    "calls everything malformed",
    spoilt(Stream.mapError(({ where, what, hint }) => new IngestError({ reason: "Malformed", where, what, hint }))),
    ["refused"]
  ]
]

for (const [name, source, expected] of broken) {
  it.effect(`the kit finds what is wrong with a source: ${name}`, () =>
    Effect.gen(function* () {
      assert.sameMembers(
        yield* failing(source),
        expected.map((check) => named[check])
      )
    })
  )
}

/** What every trace format must do, as checks that name what they check and throw `Nonconformance`. */
import { badFile } from "../fault/content-fault.ts"
import { missingExpert, type TraceRequest } from "@moira/trace"
import { moeLayers, random, substream } from "@moira/core"
import { Effect, Stream } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { IngestError } from "../fault/error.ts"
import { traceFormatKind, type TraceSource } from "../source.ts"
import {
  type AcceptedFixture,
  type ExpectedRequest,
  fixtureFolder,
  type Fixtures,
  type RefusedFixture
} from "./fixtures.ts"
import { type Collected, demand, isBeginning, Nonconformance, outcome } from "./outcome.ts"
import { type Check, identity, recognised } from "./recognised.ts"
import { digest } from "@moira/trace/testing"

const accepted = (source: TraceSource, fixture: AcceptedFixture, body: (all: Collected, folder: string) => void) =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder(fixture.files)
    const all = yield* outcome(source, folder, fixture.model)
    if (all instanceof IngestError) throw new Nonconformance(`refused what it should accept: ${all.message}`)
    body(all, folder)
  })

/** Every part of a request that was expected, compared. */
const sameAs = (request: TraceRequest, expected: ExpectedRequest, which: string): void => {
  for (const key of ["prefillTokens", "decodeTokens", "benchmark", "subject", "language"] as const) {
    const wanted = expected[key]
    if (wanted !== undefined) demand(request[key] === wanted, `${which}: ${key} is ${request[key]}, expected ${wanted}`)
  }
  const { ids } = expected
  if (ids === undefined) return
  const wrong = ids.findIndex((id, i) => request.ids[i] !== id)
  demand(wrong < 0, `${which}: id ${wrong} is ${request.ids[wrong]}, expected ${ids[wrong]}`)
  demand(request.ids.length === ids.length, `${which}: ${request.ids.length} ids, expected ${ids.length}`)
}

const conserved = (source: TraceSource, fixture: AcceptedFixture): Check => ({
  name: `${fixture.name}: keeps every token and id`,
  run: accepted(source, fixture, ({ model, files, requests }) => {
    demand(files > 0, "says that it found no file")
    demand(requests.length === fixture.requests.length, `${requests.length} requests, not ${fixture.requests.length}`)
    const { experts, topK } = model
    requests.forEach((request, r) => {
      const which = `request ${r}`
      sameAs(request, fixture.requests[r]!, which)
      const size = moeLayers(model).length * (request.prefillTokens + request.decodeTokens) * topK
      demand(request.ids.length === size, `${which}: ${request.ids.length} ids where its tokens make ${size}`)
      const wild = request.ids.find((id) => id >= experts && id !== missingExpert)
      demand(wild === undefined, `${which}: expert id ${wild} of ${experts} experts`)
      demand(request.source !== "", `${which}: does not say where it came from`)
    })
  })
})

const streamed = (source: TraceSource, fixture: AcceptedFixture): Check => ({
  name: `${fixture.name}: gives the same whole, one by one and again`,
  run: Effect.gen(function* () {
    const folder = yield* fixtureFolder(fixture.files)
    const all = yield* outcome(source, folder, fixture.model)
    const again = yield* outcome(source, folder, fixture.model)
    if (all instanceof IngestError || again instanceof IngestError) throw new Nonconformance("refused a good fixture")
    const late = all.requests.findIndex((request, r) => digest(request) !== all.digests[r])
    demand(late < 0, `request ${late} changed after it was given: its memory was used again`)
    demand(JSON.stringify(again.digests) === JSON.stringify(all.digests), "a second read gives something else")
    const read = yield* Effect.orDie(source.read([folder], { model: fixture.model }))
    for (let r = 0; r < all.requests.length; r++) {
      const one = yield* Effect.orDie(Stream.runCollect(read.requests.pipe(Stream.drop(r), Stream.take(1))))
      demand(one.length === 1 && digest(one[0]!) === all.digests[r], `request ${r} pulled alone is another`)
    }
  })
})

/** A refusal that a person can act on: one line that names the file and, for content, a place in it. */
export const wellTold = (error: IngestError, folder: string): void => {
  demand(error.what.trim() !== "" && error.hint.trim() !== "", `says too little: ${error.message}`)
  demand(!error.message.includes("\n"), `is longer than a line: ${error.message}`)
  const ofFile = error.reason !== "UnknownModel" && error.reason !== "BadOption"
  demand(!ofFile || error.where.includes(folder), `does not name the file: ${error.message}`)
  if (badFile.has(error.reason))
    demand(
      /, (?:byte|line|entry|row|record) \d/.test(error.where),
      `does not name the place in the file: ${error.message}`
    )
}

const refused = (source: TraceSource, fixture: RefusedFixture): Check => ({
  name: `${fixture.name}: is refused as ${fixture.reason}`,
  run: Effect.gen(function* () {
    const folder = yield* fixtureFolder(fixture.files)
    const error = yield* outcome(source, folder, fixture.model)
    if (!(error instanceof IngestError)) throw new Nonconformance(`accepted ${error.requests.length} requests`)
    demand(error.reason === fixture.reason, `refused as ${error.reason}: ${error.message}`)
    wellTold(error, folder)
    const place = fixture.where ?? ""
    demand(error.where.includes(place), `where is ${JSON.stringify(error.where)}, which does not hold ${place}`)
  })
})

/** Bytes of a file without blank ones at its end, whose loss changes nothing. */
export const meaningful = (bytes: Uint8Array): number => {
  let end = bytes.length
  while (end > 0 && bytes[end - 1]! <= 32) end--
  return end
}

/** Places in the first `end` bytes that lie between two lines: after a line feed, or before one. */
const betweenLines = (bytes: Uint8Array, end: number): ReadonlySet<number> => {
  const places = new Set<number>()
  for (let at = 0; at < end; at++) {
    if (bytes[at] !== 10) continue
    places.add(at)
    if (at + 1 < end) places.add(at + 1)
  }
  return places
}

/** At most this many places between lines are tried, the first and the last of them. */
const maxLineCuts = 64

const truncated = (source: TraceSource, fixture: AcceptedFixture, cuts: number, seed: number): Check => ({
  name: `${fixture.name}: fails typed wherever a file is cut${fixture.linesStandAlone ? " inside a line" : ""}`,
  run: Effect.gen(function* () {
    const folder = yield* fixtureFolder(fixture.files)
    const whole = yield* outcome(source, folder, fixture.model)
    if (whole instanceof IngestError) throw new Nonconformance(`refused what it should accept: ${whole.message}`)
    let borneOut = false
    for (const name of Object.keys(fixture.files).filter((n) => source.endings.some((ending) => n.endsWith(ending)))) {
      const file = path.join(folder, name)
      const bytes = fs.readFileSync(file)
      const end = meaningful(bytes)
      const lineEnds = fixture.linesStandAlone ? betweenLines(bytes, end) : new Set<number>()
      const tried = [...lineEnds].filter((_, i) => i < maxLineCuts / 2 || i >= lineEnds.size - maxLineCuts / 2)
      const { below } = random(substream(seed, fixture.name, name))
      const places = [0, 1, end - 1, ...tried, ...Array.from({ length: cuts }, () => below(end))]
      for (const place of new Set(places.filter((p) => p >= 0 && p < end))) {
        fs.writeFileSync(file, bytes.subarray(0, place))
        const cut = yield* outcome(source, folder, fixture.model)
        if (cut instanceof IngestError) {
          wellTold(cut, folder)
          continue
        }
        const where = `${name} cut to ${place} of ${bytes.length} bytes`
        demand(lineEnds.has(place), `${where} was accepted`)
        demand(isBeginning(cut, whole), `${where} gives something else than the beginning of the whole`)
        borneOut = true
      }
      fs.writeFileSync(file, bytes)
    }
    demand(
      borneOut || fixture.linesStandAlone === undefined,
      "claims that a cut between lines leaves a good file, but refused all of them"
    )
  })
})

/** All checks of a source against its author's fixtures. Run them in real time: a hang is found by the clock. */
export const conformanceChecks = (source: TraceSource, fixtures: Fixtures): ReadonlyArray<Check> => [
  identity(source, traceFormatKind.is(source), "a TraceSource"),
  ...fixtures.accepted.flatMap((fixture) => [
    recognised(source, fixture),
    conserved(source, fixture),
    streamed(source, fixture),
    truncated(source, fixture, fixtures.cuts ?? 64, fixtures.seed ?? 1)
  ]),
  ...fixtures.refused.map((fixture) => refused(source, fixture))
]

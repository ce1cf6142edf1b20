/** What tokens were: runs as text and back, cut and marked; and requests that repeat rows of others, on disk and in memory. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { temporaryDirectory } from "@moira/core/testing"
import { Effect, Stream } from "effect"
import { memoryReader } from "../src/memory-store.ts"
import { openStore } from "../src/node/parquet-store.ts"
import { writeStore } from "../src/node/store-writer.ts"
import { runsOf } from "../src/requests.ts"
import { missingExpert, type TraceRequest } from "../src/selections.ts"
import { tinyModel, tinyRequests } from "../src/testing/tiny-trace.ts"
import {
  decodeRuns,
  dropTokens,
  encodeRuns,
  joinRuns,
  markUncaptured,
  missingTokens,
  type MissingReason,
  type TokenPhase,
  type TokenRun
} from "../src/token-runs.ts"
import { assertSameSelections, origin } from "./traces.ts"

const phases: ReadonlyArray<TokenPhase> = ["prefill", "decode", "verified", "rejected"]
const reasons: ReadonlyArray<MissingReason> = ["cache", "padding", "uncaptured", "aborted"]

/** Random runs, those of the prompt first. */
const randomRuns = (seed: number): ReadonlyArray<TokenRun> => {
  const { below } = random(seed)
  const run = (phase: TokenPhase): TokenRun => {
    const missing = reasons[below(8)]
    return { tokens: below(5), phase, ...(missing === undefined ? {} : { missing }) }
  }
  const prompt = Array.from({ length: below(4) }, () => run("prefill"))
  return [...prompt, ...Array.from({ length: below(5) }, () => run(phases[1 + below(3)]!))]
}

const tokensOf = (runs: ReadonlyArray<TokenRun>, prompt: boolean) =>
  runs.reduce((sum, { tokens, phase }) => sum + ((phase === "prefill") === prompt ? tokens : 0), 0)

/** One text a token, which is what runs stand for. */
const spelled = (runs: ReadonlyArray<TokenRun>) =>
  runs.flatMap(({ tokens, phase, missing }) => Array.from({ length: tokens }, () => `${phase} ${missing ?? ""}`))

it("runs survive their text, and cutting them is cutting tokens", () => {
  for (let seed = 0; seed < 500; seed++) {
    const runs = randomRuns(seed)
    const back = decodeRuns(encodeRuns(runs), tokensOf(runs, true), tokensOf(runs, false))
    assert.deepStrictEqual(back, joinRuns(runs), `seed ${seed}: ${encodeRuns(runs)}`)
    const all = spelled(runs)
    const cut = random(seed).below(all.length + 1)
    assert.deepStrictEqual(spelled(dropTokens(runs, cut)), all.slice(cut))
    for (const phase of ["prefill", "decode"] as const) {
      const missing = all.filter((each) => !each.endsWith(" ") && each.startsWith("prefill") === (phase === "prefill"))
      assert.strictEqual(missingTokens(runs, phase), missing.length)
    }
  }
})

it("text that is not of these tokens is none", () => {
  for (const text of ["p3", "p2,d4", "d3,p2", "p2,d3,", "p2,d03", "p2,d3/x", "p2 d3", "q2,d3", "p0,p2,d3"])
    assert.isUndefined(decodeRuns(text, 2, 3), text)
  assert.strictEqual(
    encodeRuns([
      { tokens: 2, phase: "prefill" },
      { tokens: 3, phase: "decode" }
    ]),
    ""
  )
})

it("only tokens without a reason of their own are marked as not captured", () => {
  const runs: ReadonlyArray<TokenRun> = [
    { tokens: 2, phase: "prefill", missing: "cache" },
    { tokens: 2, phase: "prefill" },
    { tokens: 3, phase: "decode" }
  ]
  assert.strictEqual(encodeRuns(markUncaptured(runs, Uint8Array.of(1, 1, 0, 1, 0, 1, 0))), "p2/c,p1,p1/u,d1,d1/u,d1")
})

/** Every second request repeats its first prompt tokens, every third has lost its last token. */
const repeating: ReadonlyArray<TraceRequest> = tinyRequests(30, 7).map((request, r) => {
  const { prefillTokens, decodeTokens } = request
  const tokens = prefillTokens + decodeTokens
  const ids = request.ids.slice()
  const lost = r % 3 === 0
  for (let layer = 0; layer < (lost ? 3 : 0); layer++)
    ids.fill(missingExpert, ((layer + 1) * tokens - 1) * tinyModel.topK, (layer + 1) * tokens * tinyModel.topK)
  const shared = r % 2 === 0 ? { repeatedTokens: prefillTokens - (r % 4 === 0 ? 0 : 1), group: `g${r % 6}` } : {}
  return { ...request, ids, ...shared, cachedTokens: r % 5 }
})

/** The same requests without what they repeat. */
const cut = repeating.map((request): TraceRequest => {
  const { repeatedTokens = 0, prefillTokens, decodeTokens, ids } = request
  const [tokens, k] = [prefillTokens + decodeTokens, tinyModel.topK]
  const own = [0, 1, 2].flatMap((l) => [...ids.subarray((l * tokens + repeatedTokens) * k, (l + 1) * tokens * k)])
  return { ...request, repeatedTokens: 0, prefillTokens: prefillTokens - repeatedTokens, ids: Uint16Array.from(own) }
})

it.effect("rows that repeat others are stored and never read, and tokens without ids are marked", () =>
  Effect.gen(function* () {
    const directory = `${yield* temporaryDirectory}/r.moira`
    const manifest = yield* writeStore({ directory, model: tinyModel, origin }, Stream.fromIterable(repeating))
    const store = yield* openStore(directory)
    const memory = memoryReader(tinyModel, repeating, origin)
    const plain = memoryReader(tinyModel, cut, origin)
    assert.deepStrictEqual(manifest.counts, memory.manifest.counts)
    assert.deepStrictEqual(store.requests, memory.requests)
    assert.strictEqual(manifest.contentSha256, memory.manifest.contentSha256)
    const { counts } = manifest
    const repeated = repeating.reduce((sum, { repeatedTokens = 0 }) => sum + repeatedTokens, 0)
    assert.deepStrictEqual(
      [counts.repeatedTokens, counts.prefillTokens, counts.unrecordedDecodeTokens, counts.independentUnits],
      [repeated, plain.manifest.counts.prefillTokens, 10, 15 + 3]
    )
    assert.deepStrictEqual(store.requests.map(runsOf), plain.requests.map(runsOf))
    for (const layer of [1, 2, 3])
      for (const [from, to] of [
        [0, 30],
        [3, 4],
        [5, 21]
      ] as const)
        for (const phase of ["both", "prefill", "decode"] as const) {
          const query = { layer, from, to, phase }
          const wanted = yield* plain.read(query)
          assertSameSelections(yield* store.read(query), wanted)
          assertSameSelections(yield* memory.read(query), wanted)
        }
  })
)

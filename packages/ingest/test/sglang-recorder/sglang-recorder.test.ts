/** Recordings of SGLang in mode per_token, against ids that plain code maps from the lists that make-pt.py kept. */
import { assert, it } from "@effect/vitest"
import { missingExpert, type TraceRequest } from "@moira/trace"
import { Effect, Stream } from "effect"
import sglangRecorder from "../../src/formats/sglang-recorder/index.ts"
import { conformance, type ExpectedRequest, fixtureFolder } from "../../src/testing.ts"
import { expected, pt, type TokenRecord } from "../codecs/pickle/fixtures.ts"
import { layerMajorIds } from "../fixtures/rows.ts"
import { tiny } from "../tiny.ts"
import { madePass, type MadePass, recording, rowsOf } from "./cases.ts"

const passes = {
  /** Two prompts, then two passes of three drafts each: of request 0 one is accepted, of request 1 none. */
  verify: [madePass(1, [0, 1, 0, 1, 2], [2, 3]), madePass(5, [2, 3, 4, 3, 4, 5]), madePass(5, [4, 5, 6, 4, 5, 6])],
  /** Two drafts at position 2, one at 3: the next pass starts after all. */
  trees: [madePass(1, [0], [1]), madePass(5, [1, 2, 2, 3]), madePass(5, [4, 5, 5, 6])],
  mixed: [madePass(1, [0, 1, 0], [2, 1]), madePass(3, [0, 1, 2, 1], [2, 1, 1]), madePass(2, [2, 3, 2])],
  ended: [madePass(1, [0, 1, 0, 1], [2, 2]), madePass(2, [2, 2]), madePass(2, [3])],
  chunks: [madePass(1, [0, 16, 17], [1, 2]), madePass(1, [18, 19], [2]), madePass(2, [20])]
}

const ids = (all: ReadonlyArray<MadePass>, ...places: Parameters<typeof rowsOf>[1]) =>
  layerMajorIds(rowsOf(all, places))

/** `[layerIndex][token][k]` of tokens of several records, by number of the record and of the token. */
const idsOf = (
  records: ReadonlyArray<Pick<TokenRecord, "ids">>,
  tokens: ReadonlyArray<readonly [record: number, token: number]>
) =>
  [1, 2].flatMap((layer) =>
    tokens.flatMap(([record, token]) =>
      records[record]!.ids[layer]![token]!.slice(0, 2).map((slot) =>
        slot === -1 ? missingExpert : expected.map[layer]![slot]!
      )
    )
  )

const prefill = (records: ReadonlyArray<TokenRecord>, record: number, from: number, to: number): ExpectedRequest => ({
  prefillTokens: to - from,
  decodeTokens: 0,
  ids: idsOf(
    records,
    Array.from({ length: to - from }, (_, i) => [record, from + i] as const)
  )
})

const requestOf = (
  records: ReadonlyArray<TokenRecord>,
  prompt: readonly [record: number, from: number, to: number],
  ...decode: ReadonlyArray<readonly [number, number]>
): ExpectedRequest => {
  const [record, from, to] = prompt
  const own = Array.from({ length: to - from }, (_, i) => [record, from + i] as const)
  return { prefillTokens: to - from, decodeTokens: decode.length, ids: idsOf(records, [...own, ...decode]) }
}

const decode = (
  records: ReadonlyArray<TokenRecord>,
  ...tokens: ReadonlyArray<readonly [number, number]>
): ExpectedRequest => ({
  prefillTokens: 0,
  decodeTokens: tokens.length,
  ids: idsOf(records, tokens)
})

const [r0, r1] = [expected.tokens0, expected.tokens1]
/** Two prompts that decode; a third one joins them; then the first ends, which is clear since the others go on. */
const ofRank0 = [
  requestOf(r0, [0, 0, 3], [1, 0], [3, 0]),
  requestOf(r0, [0, 3, 5], [1, 1], [3, 1], [4, 0], [5, 0]),
  requestOf(r0, [2, 0, 1], [3, 2], [4, 1], [5, 1])
]

const { verify, trees, mixed, ended, chunks } = passes

conformance(sglangRecorder, {
  accepted: [
    {
      name: "two ranks, of which one pass had the same tokens",
      files: { "mmlu/run/b.pt": pt("tokens/rank0"), "mmlu/run/a.pt": pt("tokens/rank1") },
      model: tiny,
      requests: [...ofRank0.map((request) => ({ ...request, benchmark: "mmlu", subject: "run" })), decode(r1, [1, 0])]
    },
    {
      name: "one rank",
      files: { "x.pt": pt("tokens/rank1") },
      model: tiny,
      requests: [prefill(r1, 0, 0, 3), prefill(r1, 0, 3, 5), decode(r1, [1, 0])]
    },
    {
      name: "drafts that are verified, in an old file: all are decode tokens",
      files: { "x.pt": recording(verify, { old: true }) },
      model: tiny,
      requests: [
        { prefillTokens: 2, decodeTokens: 6, ids: ids(verify, [0, 0, 2], [1, 0, 3], [2, 0, 3]) },
        { prefillTokens: 3, decodeTokens: 6, ids: ids(verify, [0, 2, 5], [1, 3, 6], [2, 3, 6]) }
      ]
    },
    {
      name: "a prompt in a pass with requests that decode on, and a dense layer of 255",
      files: { "x.pt": recording(mixed, { fill: 255 }) },
      model: tiny,
      requests: [
        { prefillTokens: 2, decodeTokens: 1, ids: ids(mixed, [1, 0, 2], [2, 0]) },
        { prefillTokens: 2, decodeTokens: 2, ids: ids(mixed, [0, 0, 2], [1, 2], [2, 1]) },
        { prefillTokens: 1, decodeTokens: 2, ids: ids(mixed, [0, 2, 3], [1, 3], [2, 2]) }
      ]
    },
    {
      name: "of two requests as long one ends: cut, since nobody can tell which",
      files: { "x.pt": recording(ended) },
      model: tiny,
      requests: [
        { prefillTokens: 2, decodeTokens: 1, ids: ids(ended, [0, 0, 2], [1, 0]) },
        { prefillTokens: 2, decodeTokens: 1, ids: ids(ended, [0, 2, 4], [1, 1]) },
        { prefillTokens: 0, decodeTokens: 1, ids: ids(ended, [2, 0]) }
      ]
    },
    {
      name: "a prompt in two chunks behind cached tokens, and one that nothing goes on from",
      files: { "x.pt": recording(chunks) },
      model: tiny,
      requests: [
        { prefillTokens: 1, decodeTokens: 0, ids: ids(chunks, [0, 0]) },
        { prefillTokens: 4, decodeTokens: 1, ids: ids(chunks, [0, 1, 3], [1, 0, 2], [2, 0]) }
      ]
    },
    {
      name: "ids and nothing else: one request a pass",
      files: { "x.pt": pt("tokens-bare") },
      model: tiny,
      requests: [
        {
          prefillTokens: 4,
          decodeTokens: 0,
          ids: idsOf(
            [{ ids: expected.bare }],
            [
              [0, 0],
              [0, 1],
              [0, 2],
              [0, 3]
            ]
          )
        }
      ]
    }
  ],
  refused: [
    {
      name: "counts of passes",
      files: { "0.pt": pt("passes/rank0") },
      model: tiny,
      reason: "WrongShape",
      where: "record 0"
    },
    {
      name: "no map of slots",
      files: { "0.pt": recording(verify, { withoutMap: true }) },
      model: tiny,
      reason: "WrongShape",
      where: "record 0"
    },
    {
      name: "a slot that holds no expert",
      files: { "0.pt": recording(verify, { map: Array.from({ length: 36 }, (_, i) => (i < 24 ? i % 12 : -1)) }) },
      model: tiny,
      reason: "OutOfRange",
      where: "layer 2"
    },
    {
      name: "ids at a dense layer",
      files: { "0.pt": recording([{ ...verify[0]!, tokens: verify[0]!.tokens }], { fill: 3 }) },
      model: { ...tiny, layers: 3, moe: { first: 2, last: 2, every: 1 } },
      reason: "WrongShape",
      where: "layer 1"
    },
    { name: "counts", files: { "0.pt": pt("stat-alone") }, model: tiny, reason: "WrongShape", where: "record 0" },
    {
      name: "a model of more experts",
      files: { "0.pt": pt("tokens/rank0") },
      model: { ...tiny, experts: 13 },
      reason: "WrongShape",
      where: "record 0"
    },
    {
      name: "a model of other layers",
      files: { "0.pt": pt("tokens/rank0") },
      model: { ...tiny, layers: 5 },
      reason: "WrongShape",
      where: "record 0"
    },
    {
      name: "a model of smaller top-k",
      files: { "0.pt": pt("tokens/rank0") },
      model: { ...tiny, topK: 1 },
      reason: "WrongShape",
      where: "layer 1"
    },
    {
      name: "a model of larger top-k",
      files: { "0.pt": pt("tokens/rank0") },
      model: { ...tiny, topK: 9 },
      reason: "WrongShape",
      where: "record 0"
    },
    { name: "no model of the catalogue", files: { "0.pt": pt("tokens/rank0") }, reason: "UnknownModel" },
    { name: "no archive", files: { "0.pt": "records" }, model: tiny, reason: "Truncated", where: "byte 7" }
  ],
  cuts: 24
})

const readAll = (bytes: Uint8Array, phase?: "prefill" | "decode") =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder({ "0.pt": bytes })
    const read = yield* sglangRecorder.read([folder], { model: tiny, ...(phase === undefined ? {} : { phase }) })
    return yield* Stream.runCollect(read.requests)
  })

/** Runs as `p2,d1`: the first letter of each token's phase, and how many. */
const runText = (runs: NonNullable<TraceRequest["runs"]>): string =>
  runs
    .map(({ phase, tokens }) => phase[0]!.repeat(tokens))
    .join("")
    .replaceAll(/(.)\1*/g, (same) => `,${same[0]}${same.length}`)
    .slice(1)

const told = (requests: ReadonlyArray<TraceRequest>) =>
  requests.flatMap(({ remarks = [] }) => remarks.map(({ what }) => what)).join("; ")

it.effect("says what it decided, and that holes are no expert", () =>
  Effect.gen(function* () {
    const requests = yield* readAll(pt("tokens/rank0"))
    assert.include(told(requests), "no request ids")
    assert.notInclude(told(requests), "only ids were recorded")
    const all = requests.flatMap((one) => [...one.ids])
    const holes = expected.tokens0
      .flatMap(({ ids: layers }) => [1, 2].flatMap((l) => layers[l]!.flatMap((row) => row.slice(0, 2))))
      .filter((slot) => slot === -1)
    assert.isAbove(holes.length, 0)
    assert.strictEqual(all.filter((id) => id === missingExpert).length, holes.length)
    assert.match(requests[0]!.source, /records 0 to 3, row 0$/)
  })
)

it.effect("tells drafts that were accepted from those that were not, and what it cannot know", () =>
  Effect.gen(function* () {
    const requests = yield* readAll(recording(verify))
    assert.deepStrictEqual(
      requests.map(({ runs }) => runText(runs!)),
      // The first pass of request 0 accepts one draft, that of request 1 none; the last passes are taken whole.
      ["p2,d1,v1,r1,d1,v2", "p3,d1,r2,d1,v2"]
    )
    assert.include(told(requests), "were rejected")
    const [tree] = yield* readAll(recording(trees))
    assert.strictEqual(runText(tree!.runs!), "p1,d1,v1,r1,v1,d1,v1,r1,v1")
    assert.include(told([tree!]), "several drafts at one position")
  })
)

it.effect("leaves out the draft model's empty passes, and joins across them", () =>
  Effect.gen(function* () {
    const empty = { ...madePass(1, [0, 1]), lengths: [2] }
    const draft = { ...empty, tokens: empty.tokens.map((layers) => layers.map((row) => row.map(() => -1))) }
    const requests = yield* readAll(recording([verify[0]!, draft, verify[1]!, draft, verify[2]!]))
    assert.deepStrictEqual(
      requests.map(({ decodeTokens }) => decodeTokens),
      [6, 6]
    )
    assert.include(told(requests), "draft model")
  })
)

it.effect("takes passes of ids alone as prompts, or as --phase says, and says so", () =>
  Effect.gen(function* () {
    const [prompt] = yield* readAll(pt("tokens-bare"))
    const [made] = yield* readAll(pt("tokens-bare"), "decode")
    assert.deepStrictEqual([prompt!.prefillTokens, prompt!.decodeTokens], [4, 0])
    assert.deepStrictEqual([made!.prefillTokens, made!.decodeTokens], [0, 4])
    assert.include(told([prompt!]), "taken as prefill (--phase decode changes it)")
    assert.include(told([made!]), "taken as decode")
  })
)

it.effect("tokens before a prompt's first came from the cache", () =>
  Effect.gen(function* () {
    const requests = yield* readAll(recording(chunks))
    assert.deepStrictEqual(
      requests.map(({ cachedTokens }) => cachedTokens),
      [undefined, 16]
    )
  })
)

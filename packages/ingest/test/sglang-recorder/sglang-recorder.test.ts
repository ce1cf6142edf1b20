/** Recordings of SGLang in mode per_token, against ids that plain code maps from the lists that make-pt.py kept. */
import { assert, it } from "@effect/vitest"
import { missingExpert } from "@moira/trace"
import { Effect, Stream } from "effect"
import sglangRecorder from "../../src/formats/sglang-recorder/index.ts"
import { conformance, type ExpectedRequest, fixtureFolder } from "../../src/testing.ts"
import { expected, pt, type TokenRecord } from "../codecs/pickle/fixtures.ts"
import { tiny } from "../tiny.ts"

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

const decode = (
  records: ReadonlyArray<TokenRecord>,
  ...tokens: ReadonlyArray<readonly [number, number]>
): ExpectedRequest => ({
  prefillTokens: 0,
  decodeTokens: tokens.length,
  ids: idsOf(records, tokens)
})

const [r0, r1] = [expected.tokens0, expected.tokens1]
/** Two prompts; a third one; then the batch of three, of which one ends; then the two that are left. */
const ofRank0 = [
  prefill(r0, 0, 0, 3),
  prefill(r0, 0, 3, 5),
  prefill(r0, 2, 0, 1),
  decode(r0, [1, 0], [3, 0]),
  decode(r0, [1, 1], [3, 1]),
  decode(r0, [3, 2]),
  decode(r0, [4, 0], [5, 0]),
  decode(r0, [4, 1], [5, 1])
]

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

it.effect("says what it decided, and that holes are no expert", () =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder({ "0.pt": pt("tokens/rank0") })
    const read = yield* sglangRecorder.read([folder], { model: tiny })
    assert.isTrue(read.notes?.some((note) => note.includes("no request ids")))
    const requests = yield* Stream.runCollect(read.requests)
    const ids = requests.flatMap((request) => [...request.ids])
    const holes = expected.tokens0
      .flatMap(({ ids: all }) => [1, 2].flatMap((l) => all[l]!.flatMap((row) => row.slice(0, 2))))
      .filter((slot) => slot === -1)
    assert.isAbove(holes.length, 0)
    assert.strictEqual(ids.filter((id) => id === missingExpert).length, holes.length)
    assert.match(requests[3]!.source, /records 1 to 3, row 0$/)
  })
)

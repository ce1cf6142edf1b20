import { assert, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import gptOss from "../../src/formats/gpt-oss/index.ts"
import { conformance, fixtureFolder } from "../../src/testing.ts"
import { fingerprint, first, pack, packed, pretty, second, table } from "./cases.ts"
import { layerMajorIds } from "../fixtures/rows.ts"
import { tiny } from "../tiny.ts"
import { npy, zip } from "../formats/arrays.ts"

const compact = JSON.stringify(fingerprint(first))
const experts = { name: "experts.npy", bytes: npy("|u1", [2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 12]) }

conformance(gptOss, {
  accepted: [
    {
      name: "one request as JSON",
      files: { "f.json": pretty },
      model: tiny,
      requests: [
        {
          prefillTokens: 0,
          decodeTokens: 3,
          benchmark: "mmlu",
          subject: "anatomy",
          language: "en",
          ids: layerMajorIds(first)
        }
      ]
    },
    {
      name: "all requests in one archive",
      files: { "p.npz": packed, "requests.json": table },
      model: tiny,
      requests: [
        {
          prefillTokens: 0,
          decodeTokens: 3,
          benchmark: "mmlu",
          subject: "anatomy",
          language: "en",
          ids: layerMajorIds(first)
        },
        {
          prefillTokens: 0,
          decodeTokens: 2,
          benchmark: "gpqa",
          subject: "physics",
          language: "und",
          ids: layerMajorIds(second)
        }
      ]
    },
    {
      name: "an archive without its table",
      files: { "a/b/p.npz": pack([second]) },
      model: tiny,
      requests: [{ prefillTokens: 0, decodeTokens: 2, benchmark: "a", subject: "b", ids: layerMajorIds(second) }]
    }
  ],
  refused: [
    {
      name: "an id beyond the experts",
      files: {
        "f.json": JSON.stringify(
          fingerprint([
            [
              [0, 1],
              [2, 3]
            ],
            [
              [4, 12],
              [5, 6]
            ]
          ])
        )
      },
      model: tiny,
      reason: "OutOfRange",
      where: "layer 1, token 1"
    },
    {
      name: "a token that is missing",
      files: { "f.json": compact.replace("token_102", "token_109") },
      model: tiny,
      reason: "Ragged"
    },
    {
      name: "a layer out of order",
      files: { "f.json": compact.replace("layer_1", "layer_2") },
      model: tiny,
      reason: "WrongShape"
    },
    {
      name: "a number that is not whole",
      files: { "f.json": compact.replace(/\[(\d+),/, "[1.5,") },
      model: tiny,
      reason: "Malformed"
    },
    { name: "no router_data", files: { "f.json": '{"full_text": []}' }, model: tiny, reason: "WrongShape" },
    {
      name: "a table of another archive",
      files: { "p.npz": pack([first]), "requests.json": table },
      model: tiny,
      reason: "WrongShape"
    },
    {
      name: "an id beyond the experts in an archive",
      files: { "p.npz": zip([experts, { name: "offsets.npy", bytes: npy("<i8", [2], [0, 2]) }]) },
      model: tiny,
      reason: "OutOfRange",
      where: "entry 4 of experts, request 0, layer 2, token 1"
    },
    {
      name: "offsets beyond the tokens",
      files: { "p.npz": zip([experts, { name: "offsets.npy", bytes: npy("<i8", [2], [0, 3]) }]) },
      model: tiny,
      reason: "WrongShape",
      where: "array offsets, byte 136"
    },
    { name: "an archive without offsets", files: { "p.npz": zip([experts]) }, model: tiny, reason: "WrongShape" },
    { name: "a shape that no model has", files: { "f.json": compact }, reason: "UnknownModel" }
  ]
})

it.effect("an archive stands for the JSON files below it, and says so", () =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder({ "p.npz": packed, "requests.json": table, "raw/f.json": pretty })
    const read = yield* gptOss.read([folder], { model: tiny })
    assert.strictEqual((yield* Stream.runCollect(read.requests)).length, 2)
    assert.isTrue(read.notes?.some((note) => note.startsWith("1 JSON files")))
    const below = yield* gptOss.read([`${folder}/raw`], { model: tiny })
    assert.strictEqual((yield* Stream.runCollect(below.requests)).length, 1)
  })
)

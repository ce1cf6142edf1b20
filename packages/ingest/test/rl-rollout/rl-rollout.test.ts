import { assert, it } from "@effect/vitest"
import { missingExpert, type TraceRequest } from "@moira/trace"
import { Effect, Stream } from "effect"
import type { BadRecord } from "../../src/source.ts"
import rlRollout from "../../src/formats/rl-rollout/index.ts"
import { conformance, fixtureFolder } from "../../src/testing.ts"
import { pickle, type Py, PyArray, PyObjects, PyTensor, torchOld, torchZip } from "../codecs/pickle/write-pickle.ts"
import { npy, zip } from "../formats/arrays.ts"
import { layerMajorIds, type Tokens, withDense } from "../fixtures/rows.ts"
import { tiny } from "../tiny.ts"
import { first, ids, second, slime, slimeSample, third } from "./cases.ts"

const zeros = (tokens: number): Tokens =>
  Array.from({ length: tokens }, () => [
    [0, 0],
    [0, 0]
  ])
const ones = (n: number, value = 1): ReadonlyArray<number> => Array.from({ length: n }, () => value)

/** verl's batch: prompts padded in front to 4, answers behind to 5; the last token has no row. */
const batch = [
  { before: 1, tokens: first.slice(0, 5), prompt: 3, after: 2 },
  { before: 0, tokens: second, prompt: 4, after: 1 }
]
const padded = batch.map(({ before, tokens, after }) => [...zeros(before), ...tokens, ...zeros(after)])
const verl: Py = {
  routed_experts: new PyTensor("uint8", [2, 9, 2, 2], [...padded[0]!, ...zeros(1), ...padded[1]!, ...zeros(1)].flat(3)),
  attention_mask: new PyTensor("int64", [2, 9], [0, ...ones(6), 0, 0, ...ones(8), 0]),
  responses: new PyTensor("int64", [2, 5], ones(10)),
  response_mask: new PyTensor("int64", [2, 5], [1, 1, 1, 0, 0, 1, 1, 1, 1, 0]),
  uid: new PyObjects(["p7", "p8"])
}

/** A sample whose answer calls a tool: two tokens, two of the tool, one token. */
const withTool = slimeSample(second, 5, 4, { loss_mask: [1, 1, 0, 0, 1] })

const archive = (
  routed: Tokens,
  more: Readonly<Record<string, readonly [shape: ReadonlyArray<number>, values: ReadonlyArray<number>]>>
) =>
  zip([
    ...Object.entries(more).map(([name, [shape, values]]) => ({
      name: `${name}.npy`,
      bytes: npy("<i8", shape, values)
    })),
    { name: "routed_experts.npy", bytes: npy("|u1", [1, routed.length, 2, 2], routed.flat(2)) }
  ])

const messages: Py = {
  message_log: [
    { role: "user", token_ids: ones(2, 5), routed_experts: ids("<i2", second.slice(0, 2)) },
    { role: "assistant", token_ids: ones(2, 6), routed_experts: ids("<i2", second.slice(2, 4)) },
    { role: "environment", token_ids: [7], routed_experts: ids("<i2", second.slice(4, 5)) },
    { role: "assistant", token_ids: ones(2, 8), routed_experts: ids("<i2", second.slice(5)) }
  ]
}

const payload: Py = {
  prompt_ids: ones(4, 1),
  completion_ids: ones(3, 2),
  routed_experts: {
    data: Buffer.from(first.slice(0, 4).flat(2)).toString("base64"),
    shape: [4, 2, 2],
    dtype: "uint8",
    start: 2
  },
  routed_experts_start: 2
}

conformance(rlRollout, {
  accepted: [
    {
      name: "slime's samples",
      files: { "a/b/rollout_3.pt": torchZip(slime) },
      model: tiny,
      requests: [
        { prefillTokens: 3, decodeTokens: 2, benchmark: "a", subject: "b", ids: layerMajorIds(first) },
        { prefillTokens: 6, decodeTokens: 1, ids: layerMajorIds(second) }
      ]
    },
    {
      name: "a list of samples in a pickle of protocol 5, every hidden layer, and a last row of zeros",
      files: {
        "r.pkl": pickle(
          [
            {
              tokens: ones(6, 9),
              response_length: 3,
              routed_experts: new PyArray("<i2", [6, 3, 2], withDense([...first, ...zeros(1)]).flat(2))
            }
          ],
          5
        ).bytes
      },
      model: tiny,
      requests: [{ prefillTokens: 3, decodeTokens: 2, ids: layerMajorIds(first) }]
    },
    {
      name: "a dict of lists, in torch's old format",
      files: {
        "r.pt": torchOld({
          tokens: [ones(6, 1), ones(5, 1)],
          response_lengths: [2, 1],
          loss_masks: [[1, 1], [0]],
          rollout_routed_experts: [
            new PyTensor("int32", [5, 2, 2], first.flat(2)),
            new PyTensor("int32", [4, 2, 2], third.flat(2))
          ]
        })
      },
      model: tiny,
      requests: [
        { prefillTokens: 4, decodeTokens: 1, ids: layerMajorIds(first) },
        { prefillTokens: 4, decodeTokens: 0, ids: layerMajorIds(third) }
      ]
    },
    {
      name: "a padded batch of verl",
      files: { "r.pt": torchZip(verl) },
      model: tiny,
      requests: [
        { prefillTokens: 3, decodeTokens: 2, ids: layerMajorIds(first) },
        { prefillTokens: 4, decodeTokens: 3, ids: layerMajorIds(second) }
      ]
    },
    {
      name: "a tool inside an answer: a request a turn",
      files: { "r.pt": torchZip([withTool]) },
      model: tiny,
      requests: [
        { prefillTokens: 3, decodeTokens: 2, ids: layerMajorIds(second.slice(0, 5)) },
        { prefillTokens: 2, decodeTokens: 0, ids: layerMajorIds(second.slice(5)) }
      ]
    },
    {
      name: "an answer whose last token is masked, which has no row",
      files: { "r.pt": torchZip([slimeSample(second, 5, 4, { loss_mask: [1, 1, 1, 1, 0] })]) },
      model: tiny,
      requests: [{ prefillTokens: 3, decodeTokens: 4, ids: layerMajorIds(second) }]
    },
    {
      name: "an archive of arrays with lengths and a mask over all tokens",
      files: {
        "r.npz": archive([...third, ...zeros(2)], {
          input_lengths: [[1], [5]],
          token_mask: [
            [1, 6],
            [0, 0, 1, 1, 1, 0]
          ]
        })
      },
      model: tiny,
      requests: [{ prefillTokens: 2, decodeTokens: 2, ids: layerMajorIds(third) }]
    },
    {
      name: "a conversation of messages",
      files: { "r.pkl": pickle(messages, 4).bytes },
      model: tiny,
      requests: [
        { prefillTokens: 2, decodeTokens: 2, ids: layerMajorIds(second.slice(0, 4)) },
        { prefillTokens: 1, decodeTokens: 2, ids: layerMajorIds(second.slice(4)) }
      ]
    },
    {
      name: "ids as an object, from a token on that the cache did not have",
      files: { "r.pkl": pickle(payload).bytes },
      model: tiny,
      requests: [{ prefillTokens: 2, decodeTokens: 2, ids: layerMajorIds(first.slice(0, 4)) }]
    },
    {
      name: "nothing that tells prompt from answer",
      files: { "r.pt": torchZip({ routed_experts: new PyTensor("int16", [5, 4], first.flat(2)) }) },
      model: tiny,
      requests: [{ prefillTokens: 5, decodeTokens: 0, ids: layerMajorIds(first) }]
    }
  ],
  refused: [
    {
      name: "no sample",
      files: { "r.pt": torchZip({ routed: 1 }) },
      model: tiny,
      reason: "WrongShape",
      where: "record 0"
    },
    {
      name: "a sample without ids",
      files: {
        "r.pt": torchZip([slimeSample(first, 3, 0), slimeSample(first, 3, 0, { rollout_routed_experts: null })])
      },
      model: tiny,
      reason: "WrongShape",
      where: "record 1"
    },
    {
      name: "rows that the tokens do not count",
      files: { "r.pt": torchZip([slimeSample(first, 3, 0, { tokens: ones(9, 1) })]) },
      model: tiny,
      reason: "WrongShape",
      where: "record 0"
    },
    {
      name: "an answer longer than the sample",
      files: { "r.pt": torchZip([slimeSample(first, 9, 0)]) },
      model: tiny,
      reason: "WrongShape",
      where: "record 0"
    },
    {
      name: "an id beyond the experts",
      files: {
        "r.pt": torchZip([
          slimeSample(
            [
              [
                [0, 12],
                [1, 2]
              ],
              ...first.slice(1)
            ],
            3,
            0
          )
        ])
      },
      model: tiny,
      reason: "OutOfRange",
      where: "record 0, turn 0, layer 1, token 0"
    },
    {
      name: "other layers",
      files: { "r.pt": torchZip([slimeSample(first, 3, 0)]) },
      model: { ...tiny, layers: 5, moe: { first: 1, last: 4, every: 1 } },
      reason: "WrongShape",
      where: "record 0"
    },
    {
      name: "a type too narrow for the experts",
      files: { "r.pt": torchZip([slimeSample(first, 3, 0, { rollout_routed_experts: ids("|u1", first) })]) },
      model: { ...tiny, experts: 300 },
      reason: "WrongShape",
      where: "record 0"
    },
    { name: "a shape that no model has", files: { "r.pt": torchZip(slime) }, reason: "UnknownModel" }
  ],
  cuts: 24
})

const readAll = (files: Readonly<Record<string, Uint8Array>>, phase?: "decode") =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder(files)
    const { requests } = yield* rlRollout.read([folder], { model: tiny, ...(phase === undefined ? {} : { phase }) })
    return yield* Stream.runCollect(requests)
  })
const told = (request: TraceRequest) => (request.remarks ?? []).map(({ what }) => what).join("; ")

it.effect("samples of a prompt and turns of a sample are groups", () =>
  Effect.gen(function* () {
    const [a, b] = yield* readAll({ "r.pt": torchZip(slime) })
    assert.match(a!.group!, /r\.pt, group 0$/)
    assert.strictEqual(a!.group, b!.group)
    const turns = yield* readAll({ "r.pkl": pickle(messages).bytes })
    assert.match(turns[0]!.group!, /sample 0$/)
    assert.strictEqual(turns[0]!.group, turns[1]!.group)
    assert.include(told(turns[0]!), "prompt of its next turn")
    const [p7, p8] = yield* readAll({ "r.pt": torchZip(verl) })
    assert.match(p7!.group!, /group p7$/)
    assert.match(p8!.group!, /group p8$/)
  })
)

it.effect("says what it assumed, what was cached and what was padding", () =>
  Effect.gen(function* () {
    const bare = { "r.pt": torchZip({ routed_experts: new PyTensor("int16", [5, 2, 2], first.flat(2)) }) }
    const [prefill] = yield* readAll(bare)
    const [decode] = yield* readAll(bare, "decode")
    assert.include(told(prefill!), "all tokens were taken as prefill (--phase decode changes it)")
    assert.deepStrictEqual([decode!.prefillTokens, decode!.decodeTokens], [0, 5])
    const [cached] = yield* readAll({ "r.pkl": pickle(payload).bytes })
    assert.strictEqual(cached!.cachedTokens, 2)
    assert.include(told(cached!), "served from cache")
    const [batchRow] = yield* readAll({ "r.pt": torchZip(verl) })
    assert.include(told(batchRow!), "last row of zeros")
    assert.notInclude([...batchRow!.ids], missingExpert)
  })
)

it.effect("a bad sample costs that sample", () =>
  Effect.gen(function* () {
    const file = torchZip([slimeSample(first, 3, 0, { rollout_routed_experts: null }), slimeSample(second, 2, 0)])
    const folder = yield* fixtureFolder({ "r.pt": file })
    const { files } = yield* rlRollout.perFile!.list([folder], { model: tiny })
    const found = [...rlRollout.perFile!.open(tiny, {})(files[0])]
    assert.lengthOf(found, 2)
    assert.include((found[0] as BadRecord).bad.what, "no routed experts")
    assert.strictEqual((found[1] as TraceRequest).decodeTokens, 1)
  })
)

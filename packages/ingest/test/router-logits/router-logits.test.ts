import { assert, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import routerLogits from "../../src/formats/router-logits/index.ts"
import { chooseExperts } from "../../src/formats/router-logits/choose.ts"
import { conformance, fixtureFolder } from "../../src/testing.ts"
import { pickle, PyArray, PyTuple, torchOld, torchZip } from "../codecs/pickle/write-pickle.ts"
import { npy, zip } from "../formats/arrays.ts"
import { tiny } from "../tiny.ts"
import { bestIds, file, madeLogits, one, tensor } from "./cases.ts"

const [low, high] = one
const ids = bestIds(low, high)
const step = [madeLogits(1, 103), madeLogits(1, 104)] as const
const zeros = low.map((row) => row.map(() => 0))
const numbers = (rows: typeof low) => npy("<f4", [rows.length, 12], rows.flat())

conformance(routerLogits, {
  accepted: [
    {
      name: "a list of tensors, one a layer",
      files: { "a/b/r.pt": torchZip(file) },
      model: tiny,
      requests: [{ prefillTokens: 4, decodeTokens: 0, benchmark: "a", subject: "b", ids }]
    },
    {
      name: "an archive of an array a layer, by number",
      files: {
        "r.npz": zip([
          { name: "layer_2.npy", bytes: numbers(high) },
          { name: "layer_1.npy", bytes: numbers(low) }
        ])
      },
      model: tiny,
      requests: [{ prefillTokens: 4, decodeTokens: 0, ids }]
    },
    {
      name: "a tuple under router_logits in bfloat16, nothing for the dense layer",
      files: {
        "r.pt": torchOld({ router_logits: new PyTuple(null, tensor(low, "bfloat16"), tensor(high, "bfloat16")) })
      },
      model: tiny,
      requests: [{ prefillTokens: 4, decodeTokens: 0, ids }]
    },
    {
      name: "a batch of two sequences of two tokens, every hidden layer",
      files: {
        "r.pkl": pickle(
          { router_logits: [zeros, low, high].map((rows) => new PyArray("<f8", [2, 2, 12], rows.flat())) },
          5
        ).bytes
      },
      model: tiny,
      requests: [{ prefillTokens: 4, decodeTokens: 0, ids }]
    },
    {
      name: "the steps of a generation: the prompt, then a token each",
      files: {
        "r.pt": torchZip([
          [tensor(low), tensor(high)],
          [tensor(step[0]), tensor(step[1])]
        ])
      },
      model: tiny,
      requests: [
        {
          prefillTokens: 4,
          decodeTokens: 1,
          ids: [...bestIds(low, step[0]), ...bestIds(high, step[1])]
        }
      ]
    },
    {
      name: "one array of all layers",
      files: { "r.npz": zip([{ name: "router_logits.npy", bytes: npy("<f4", [2, 4, 12], [low, high].flat(2)) }]) },
      model: tiny,
      requests: [{ prefillTokens: 4, decodeTokens: 0, ids }]
    }
  ],
  refused: [
    {
      name: "no logits",
      files: { "r.pt": torchZip({ router_logits: 3 }) },
      model: tiny,
      reason: "WrongShape",
      where: "record 0"
    },
    {
      name: "other experts",
      files: { "r.pt": torchZip(file) },
      model: { ...tiny, experts: 13 },
      reason: "WrongShape",
      where: "record 0, layer 0"
    },
    {
      name: "a layer too few",
      files: { "r.pt": torchZip([tensor(low)]) },
      model: tiny,
      reason: "WrongShape",
      where: "record 0"
    },
    {
      name: "layers of unequal length",
      files: { "r.pt": torchZip([tensor(low), tensor(high.slice(1))]) },
      model: tiny,
      reason: "WrongShape",
      where: "layer 1"
    },
    {
      name: "not a number",
      files: { "r.pt": torchZip([tensor(low), tensor([[Number.NaN, ...high[0]!.slice(1)], ...high.slice(1)])]) },
      model: tiny,
      reason: "Malformed",
      where: "record 0, layer 1, token 0"
    },
    {
      name: "no expert that may be chosen",
      files: {
        "r.pt": torchZip([tensor(low), tensor(high.map((row) => row.map((_, e) => (e === 3 ? 1 : -Infinity))))])
      },
      model: tiny,
      reason: "WrongShape",
      where: "layer 1, token 0"
    },
    {
      name: "no token",
      files: { "r.pt": torchZip([tensor([]), tensor([])]) },
      model: tiny,
      reason: "Truncated",
      where: "record 0"
    },
    { name: "a shape that no model has", files: { "r.pt": torchZip(file) }, reason: "UnknownModel" }
  ],
  cuts: 24
})

it("experts of equal logits come by number, and groups limit the choice", () => {
  const out = new Int32Array(2)
  chooseExperts([1, 5, 5, 0, 5, 1, 1, 1, 1, 1, 1, 1], 0, tiny, out, 0)
  assert.deepStrictEqual([...out], [1, 2])
  // Of four groups of three one is open, that of the best pair, which leaves out the single best expert's.
  const grouped = { ...tiny, routing: { groups: 4, groupsPerToken: 1 } }
  chooseExperts([9, -9, -9, 2, 3, -9, 1, 1, 1, 0, 0, 0], 0, grouped, out, 0)
  assert.deepStrictEqual([...out], [4, 3])
})

it.effect(
  "says how experts were chosen, warns where groups make that uncertain, and takes the phase that is given",
  () =>
    Effect.gen(function* () {
      const folder = yield* fixtureFolder({ "r.pt": torchZip(file) })
      const read = (model: typeof tiny, phase?: "decode") =>
        Effect.flatMap(
          routerLogits.read([folder], { model, ...(phase === undefined ? {} : { phase }) }),
          ({ requests }) => Stream.runCollect(requests)
        )
      const [plain] = yield* read(tiny, "decode")
      assert.deepStrictEqual([plain!.prefillTokens, plain!.decodeTokens], [0, 4])
      assert.isTrue(plain!.remarks!.some(({ what }) => what.includes("highest router logits")))
      assert.isTrue(plain!.remarks!.every(({ kind }) => kind === "note"))
      const [limited] = yield* read({ ...tiny, routing: { groups: 4, groupsPerToken: 2 } })
      assert.isTrue(limited!.remarks!.some(({ kind, what }) => kind === "warning" && what.includes("by groups")))
    })
)

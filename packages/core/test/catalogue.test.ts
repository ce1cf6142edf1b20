import { assert, it } from "@effect/vitest"
import { catalogue, findModel } from "../src/catalogue.ts"
import { expertFlopPerToken, expertParameters, Model, sharedParameters } from "../src/model.ts"
import { bytesPerWeight } from "../src/weight-formats.ts"
import { loadModelFile, resolveModel } from "../src/node/model-file.ts"
import { moeLayers } from "../src/moe-layers.ts"
import { Effect, Result, Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { makeModel, without } from "../src/testing/test-model.ts"
import { temporaryDirectory } from "../src/testing/scratch.ts"

const decode = Schema.decodeUnknownResult(Model, { errors: "all", onExcessProperty: "error" })

it.each(catalogue)("$id passes the schema and survives JSON", (model) => {
  assert.deepStrictEqual(Result.getOrThrow(decode(JSON.parse(JSON.stringify(model)))), model)
})

it("has each name once", () => {
  const names = catalogue.flatMap((model) => [model.id, ...model.aliases].map((name) => name.toLowerCase()))
  assert.deepStrictEqual(names.toSorted(), [...new Set(names)].toSorted())
})

// Layers and weights as the published configurations give them; an expert is three matrices of hidden x ffn.
const facts: ReadonlyArray<readonly [id: string, layers: number, first: number, last: number, bytes: number]> = [
  ["deepseek-v3", 58, 3, 60, 44_040_192],
  ["qwen3-235b", 94, 0, 93, 18_874_368],
  ["llama4-maverick", 24, 1, 47, 251_658_240],
  ["kimi-k2", 60, 1, 60, 44_040_192],
  ["mixtral-8x7b", 32, 0, 31, 352_321_536],
  ["gpt-oss-20b", 24, 0, 23, 13_219_200],
  ["gpt-oss-120b", 36, 0, 35, 13_219_200],
  ["qwen3-30b", 48, 0, 47, 9_437_184],
  ["deepseek-v2-lite", 26, 1, 26, 17_301_504]
]

it.each(facts)("%s has %i MoE layers, %i to %i, and %i bytes an expert", (id, count, first, last, bytes) => {
  const model = findModel(id)!
  const layers = moeLayers(model)
  assert.deepStrictEqual([layers.length, layers[0], layers.at(-1)], [count, first, last])
  assert.strictEqual(expertParameters(model) * model.servingBytesPerWeight, bytes)
  assert.strictEqual(expertFlopPerToken(model), 2 * expertParameters(model))
})

it("every fact has a source, and what was not looked up says so", () => {
  for (const { confirmed, source } of catalogue) {
    assert.match(source, /config\.json|configuration_\w+\.py of /)
    assert.strictEqual(confirmed === false, /not looked up|alone/.test(source), source)
  }
})

it("lists MoE layers in steps, and no further than the last", () => {
  const layersOf = (first: number, last: number, every: number) =>
    moeLayers(makeModel({ layers: 20, moe: { first, last, every } }))
  assert.deepStrictEqual(layersOf(1, 7, 2), [1, 3, 5, 7])
  assert.deepStrictEqual(layersOf(1, 8, 2), [1, 3, 5, 7])
  assert.deepStrictEqual(layersOf(4, 4, 3), [4])
})

it("finds models by id and alias without case", () => {
  for (const model of catalogue) {
    for (const name of [model.id, ...model.aliases]) {
      assert.strictEqual(findModel(name.toUpperCase()), model)
      assert.strictEqual(findModel(name), model)
    }
  }
  assert.isUndefined(findModel("deepseek"))
  assert.isUndefined(findModel(""))
})

it.effect("resolves names, and tells the nearest of them for one that is unknown", () =>
  Effect.gen(function* () {
    assert.strictEqual((yield* resolveModel("Qwen/Qwen3-30B-A3B")).id, "qwen3-30b")
    const error = yield* Effect.flip(resolveModel("mixtral-8x99b"))
    assert.deepStrictEqual([error.reason, error.where], ["UnknownModel", "mixtral-8x99b"])
    assert.match(error.hint, /^known are mixtral-8x\d+b, mixtral-8x\d+b, /)
    assert.include(error.message, ".json")
  })
)

/** Everything that a model may say beside the fields that it must. */
const plain = makeModel({
  moe: { layers: [0, 1, 4] },
  matrices: 2,
  routedHidden: 16,
  sharedExperts: 1,
  sharedFfn: 48,
  zeroExperts: 4,
  weightFormat: "mxfp4",
  servingBytesPerWeight: 0.531_25
})

it("counts the matrices and the width at which experts work", () => {
  assert.deepStrictEqual(moeLayers(plain), [0, 1, 4])
  assert.strictEqual(expertParameters(plain), 2 * 16 * 32)
  assert.strictEqual(expertFlopPerToken(plain), 4 * 16 * 32)
  assert.strictEqual(sharedParameters(plain), 2 * 64 * 48)
  assert.strictEqual(expertParameters(makeModel()), 3 * 64 * 32)
  assert.strictEqual(sharedParameters(makeModel({ sharedExperts: 2 })), 2 * 3 * 64 * 32)
})

it("counts the scales of weights", () => {
  assert.strictEqual(bytesPerWeight("mxfp4"), 0.531_25)
  assert.strictEqual(bytesPerWeight("nvfp4"), 0.5625)
  assert.strictEqual(bytesPerWeight("int4-g128"), 0.515_625)
  assert.strictEqual(bytesPerWeight("fp8-block128") * 128 * 128, 128 * 128 + 4)
})

it.effect("loads a model of the user's own, with and without its optional fields", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    const file = path.join(folder, "mine.json")
    for (const model of [makeModel(), makeModel({ routing: { groups: 4, groupsPerToken: 2 } }), plain]) {
      fs.writeFileSync(file, JSON.stringify(model))
      assert.deepStrictEqual(yield* loadModelFile(file), model)
      assert.deepStrictEqual(yield* resolveModel(file), model)
    }
  })
)

it.effect("a format of weights says their bytes", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "nvfp4.json")
    fs.writeFileSync(file, JSON.stringify({ ...without(makeModel(), "servingBytesPerWeight"), weightFormat: "nvfp4" }))
    assert.strictEqual((yield* loadModelFile(file)).servingBytesPerWeight, 0.5625)
  })
)

const bad: ReadonlyArray<readonly [name: string, change: (model: Model) => unknown, says: string]> = [
  ["no object", () => [1, 2], "object"],
  ["a missing field", (model) => without(model, "hidden"), "hidden"],
  ["an unknown field", (model) => ({ ...model, exprets: 8 }), "exprets"],
  ["text for a number", (model) => ({ ...model, experts: "8" }), "experts"],
  ["a fraction of an expert", (model) => ({ ...model, experts: 8.5 }), "experts"],
  ["no experts", (model) => ({ ...model, experts: 0 }), "experts"],
  ["a capital in the id", (model) => ({ ...model, id: "Mine" }), "id"],
  ["an empty title", (model) => ({ ...model, title: "" }), "title"],
  ["more chosen than there are", (model) => ({ ...model, topK: 17 }), "topK 17"],
  ["layers outside of the model", (model) => ({ ...model, moe: { first: 0, last: 5, every: 1 } }), "0-5"],
  ["layers that end before they start", (model) => ({ ...model, moe: { first: 3, last: 2, every: 1 } }), "3-2"],
  ["a step of nothing", (model) => ({ ...model, moe: { first: 0, last: 2, every: 0 } }), "every"],
  ["groups that do not divide", (model) => ({ ...model, routing: { groups: 3, groupsPerToken: 1 } }), "3 groups"],
  ["more groups a token than groups", (model) => ({ ...model, routing: { groups: 2, groupsPerToken: 3 } }), "groups"],
  ["more experts than ids", (model) => ({ ...model, experts: 65_536 }), "65535"],
  ["zero experts beyond the ids", (model) => ({ ...model, experts: 60_000, zeroExperts: 5535 }), "65,534"],
  [
    "a million million layers",
    (model) => ({ ...model, layers: 1e12, moe: { first: 0, last: 1e11, every: 1 } }),
    "layers"
  ],
  ["listed layers that do not ascend", (model) => ({ ...model, moe: { layers: [1, 3, 2] } }), "2 follows 3"],
  ["a listed layer twice", (model) => ({ ...model, moe: { layers: [1, 1] } }), "1 follows 1"],
  ["a listed layer outside of the model", (model) => ({ ...model, moe: { layers: [1, 5] } }), "layer 5"],
  ["no listed layer", (model) => ({ ...model, moe: { layers: [] } }), "moe"],
  ["experts of four matrices", (model) => ({ ...model, matrices: 4 }), "matrices"],
  [
    "bytes of another format",
    (model) => ({ ...model, weightFormat: "mxfp4", servingBytesPerWeight: 2 }),
    "0.53125 bytes"
  ],
  ["an unknown format of weights", (model) => ({ ...model, weightFormat: "fp5" }), "weightFormat"],
  ["weights of no size", (model) => ({ ...model, servingBytesPerWeight: 0 }), "servingBytesPerWeight"]
]

it.effect.each(bad)("refuses a model file with %s", ([, change, says]) =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "bad.json")
    fs.writeFileSync(file, JSON.stringify(change(makeModel())))
    const error = yield* Effect.flip(loadModelFile(file))
    assert.deepStrictEqual([error.reason, error.where], ["InvalidModel", file])
    assert.include(error.what, says)
    assert.notInclude(error.message, "\n")
  })
)

it.effect("says of MoE layers what is wrong with the form that was meant alone", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "bad.json")
    const whatIs = Effect.fnUntraced(function* (moe: object) {
      fs.writeFileSync(file, JSON.stringify({ ...makeModel(), layers: 4096, moe }))
      return (yield* Effect.flip(loadModelFile(file))).what
    })
    assert.strictEqual(
      yield* whatIs({ first: 0, last: 1e9, every: 1 }),
      'Expected a value less than or equal to 4095 at ["moe"]["last"]'
    )
    assert.strictEqual(
      yield* whatIs({ layers: [1, -2] }),
      'Expected a value greater than or equal to 0 at ["moe"]["layers"][1]'
    )
  })
)

it.effect("names all that is wrong with a model file at once", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "bad.json")
    fs.writeFileSync(file, JSON.stringify({ ...makeModel(), layers: "5", colour: 1 }))
    const { what } = yield* Effect.flip(loadModelFile(file))
    assert.include(what, "layers")
    assert.include(what, "colour")
  })
)

it.effect("a model file that is no JSON or cannot be read", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    const file = path.join(folder, "bad.json")
    fs.writeFileSync(file, '{"id": ')
    assert.strictEqual((yield* Effect.flip(loadModelFile(file))).reason, "InvalidModel")
    for (const unreadable of [path.join(folder, "absent.json"), folder]) {
      const error = yield* Effect.flip(loadModelFile(unreadable))
      assert.deepStrictEqual([error.reason, error.where], ["Unreadable", unreadable])
    }
  })
)

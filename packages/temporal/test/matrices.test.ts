import { assert, it } from "@effect/vitest"
import { memoryReader, memoryStore } from "@moira/trace"
import { modelOf, randomRequests } from "@moira/trace/testing"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { conditional, crossLayerCounts, crossTokenCounts, eachMatrix, writeMatrices } from "../src/index.ts"

const shape = { layers: 4, experts: 6, topK: 2 }
const model = modelOf(shape)
const requests = randomRequests(shape, 9, 7, 0.1)
const layers = [1, 3, 5, 7]

/** Shape, type and numbers of a file of this package, read the plain way. */
const readMatrix = (file: string) => {
  const bytes = fs.readFileSync(file)
  assert.strictEqual(bytes.toString("latin1", 1, 6), "NUMPY")
  const start = 10 + bytes.readUInt16LE(8)
  assert.strictEqual(start % 64, 0)
  const header = bytes.toString("latin1", 10, start)
  const float = header.includes("'<f4'")
  assert.isTrue(float || header.includes("'<u4'"))
  const numbers = Array.from({ length: (bytes.length - start) / 4 }, (_, k) =>
    float ? bytes.readFloatLE(start + 4 * k) : bytes.readUInt32LE(start + 4 * k)
  )
  return { header, numbers }
}

it.effect("every adjacent pair and every layer is visited, the same for any chunks", () =>
  Effect.gen(function* () {
    const reader = memoryReader(model, requests)
    for (const chunkRequests of [1, 4, 100]) {
      const seen: Array<string> = []
      yield* eachMatrix(
        ({ relation, phase, layer, nextLayer, counts, experts }) =>
          Effect.gen(function* () {
            assert.strictEqual(experts, 6)
            seen.push(`${relation} ${layer} ${nextLayer} ${phase}`)
            const current = yield* reader.read({ layer })
            const expected =
              relation === "cross-token"
                ? crossTokenCounts(current, phase)
                : crossLayerCounts(current, yield* reader.read({ layer: nextLayer }), phase)
            assert.deepStrictEqual(counts, expected)
          }),
        { chunkRequests, phases: ["both", "prefill", "decode"] }
      )
      assert.strictEqual(seen.length, 3 * (3 + 4))
      for (const [k, layer] of layers.slice(0, -1).entries()) {
        assert.include(seen, `cross-layer ${layer} ${layers[k + 1]} both`)
      }
      for (const layer of layers) assert.include(seen, `cross-token ${layer} ${layer} decode`)
    }
  }).pipe(Effect.provide(memoryStore(model, requests)))
)

it("conditional rows add up to one, and a row never seen is all zeros", () => {
  assert.deepStrictEqual([...conditional(Uint32Array.of(1, 3, 0, 0), 2)], [0.25, 0.75, 0, 0])
})

it.effect("files hold the same matrices, and a list of them", () =>
  Effect.gen(function* () {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "moira-matrices-"))
    yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(directory, { recursive: true })))
    assert.strictEqual(yield* writeMatrices(directory), 7)
    const [header, ...rows] = fs.readFileSync(path.join(directory, "matrices.csv"), "utf8").trimEnd().split("\n")
    assert.strictEqual(header, "relation,phase,layer,next_layer,experts,total_count,joint,conditional")
    assert.strictEqual(rows.length, 7)
    const listed = rows.flatMap((row) => row.split(",").slice(-2))
    assert.deepStrictEqual(fs.readdirSync(directory).toSorted(), [...listed, "matrices.csv"].toSorted())
    const reader = memoryReader(model, requests)
    const expected = crossLayerCounts(yield* reader.read({ layer: 3 }), yield* reader.read({ layer: 5 }))
    const joint = readMatrix(path.join(directory, "cross-layer-both-3-5.joint.npy"))
    assert.include(joint.header, "'shape': (6, 6)")
    assert.deepStrictEqual(joint.numbers, [...expected])
    const shares = readMatrix(path.join(directory, "cross-layer-both-3-5.conditional.npy"))
    assert.deepStrictEqual(shares.numbers, [...conditional(expected, 6)])
  }).pipe(Effect.provide(memoryStore(model, requests)), Effect.scoped)
)

it.effect("a directory that cannot be is refused in one line", () =>
  Effect.gen(function* () {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "moira-matrices-"))
    yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(directory, { recursive: true })))
    const file = path.join(directory, "file")
    fs.writeFileSync(file, "")
    const error = yield* Effect.flip(writeMatrices(file))
    assert.strictEqual(error._tag, "MatrixError")
    assert.notInclude(error.message, "\n")
    assert.include(error.message, "hint:")
  }).pipe(Effect.provide(memoryStore(model, requests)), Effect.scoped)
)

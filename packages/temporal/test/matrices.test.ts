import { assert, it } from "@effect/vitest"
import { memoryStore } from "@moira/trace"
import { memoryReader, modelOf, randomRequests } from "@moira/trace/testing"
import { Effect } from "effect"
import { conditional, eachMatrix } from "../src/matrices.ts"
import { crossLayerCounts, crossTokenCounts } from "../src/steps.ts"
import { matrixFiles } from "../src/index.ts"

const shape = { layers: 4, experts: 6, topK: 2 }
const model = modelOf(shape)
const requests = randomRequests(shape, 9, 7, 0.1)
const layers = [1, 3, 5, 7]

/** Shape, type and numbers of a file of this package, read the plain way. */
const readMatrix = (content: string | Uint8Array) => {
  const bytes = Buffer.from(content)
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
    const files = new Map<string, string | Uint8Array>()
    const write = (name: string, content: string | Uint8Array) => Effect.sync(() => files.set(name, content))
    assert.strictEqual(yield* matrixFiles(write), 7)
    const [header, ...rows] = String(files.get("matrices.csv")).trimEnd().split("\n")
    assert.strictEqual(header, "relation,phase,layer,next_layer,experts,total_count,joint,conditional")
    assert.strictEqual(rows.length, 7)
    const listed = rows.flatMap((row) => row.split(",").slice(-2))
    assert.deepStrictEqual([...files.keys()], [...listed, "matrices.csv"])
    const reader = memoryReader(model, requests)
    const expected = crossLayerCounts(yield* reader.read({ layer: 3 }), yield* reader.read({ layer: 5 }))
    const joint = readMatrix(files.get("cross-layer-both-3-5.joint.npy")!)
    assert.include(joint.header, "'shape': (6, 6)")
    assert.deepStrictEqual(joint.numbers, [...expected])
    const shares = readMatrix(files.get("cross-layer-both-3-5.conditional.npy")!)
    assert.deepStrictEqual(shares.numbers, [...conditional(expected, 6)])
  }).pipe(Effect.provide(memoryStore(model, requests)))
)

it.effect("a file that cannot be written ends it with the writer's own error", () =>
  Effect.gen(function* () {
    const tried: Array<string> = []
    const full = (name: string) => Effect.suspend(() => Effect.fail(tried.push(name) < 2 ? "disk" : "again"))
    assert.strictEqual(yield* Effect.flip(matrixFiles(full)), "disk")
    assert.deepStrictEqual(tried, ["cross-layer-both-1-3.joint.npy"])
  }).pipe(Effect.provide(memoryStore(model, requests)))
)

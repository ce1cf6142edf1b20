import { assert, it } from "@effect/vitest"
import { missingExpert, type TraceRequest } from "@moira/trace"
import { moeLayers } from "@moira/core"
import { sharedData } from "@moira/test-data"
import { nodePlugins } from "@moira/core/node"
import { Effect, Stream } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { detectFormat } from "../../src/detect.ts"
import { shaped } from "../fixtures/rows.ts"
import { slowNpy, slowUnzip } from "../fixtures/slow-arrays.ts"

const mixtral = sharedData("traces/mixtral-8x7b-vllm")
const gptOss20b = sharedData("traces/gpt-oss-20b")

/** `[layerIndex][token][k]` of token-major values, by plain loops. */
const transposed = (values: ReadonlyArray<number>, layers: number, topK: number): ReadonlyArray<number> => {
  const tokens = shaped(values, layers, topK)
  return Array.from({ length: layers }, (_, layer) => tokens.map((token) => token[layer]!)).flat(2)
}

/** True where all ids are the same; element by element, as `deepStrictEqual` is slow on a million of them. */
const same = (ids: Uint16Array, expected: ReadonlyArray<number>): boolean =>
  ids.length === expected.length && expected.every((id, i) => ids[i] === id)

it.live.skipIf(mixtral === undefined)("reads the whole Mixtral recording of vLLM and says what it found", () =>
  Effect.gen(function* () {
    const { plugin } = yield* detectFormat(mixtral!)
    assert.strictEqual(plugin.id, "vllm")
    const { model, files, notes, requests } = yield* plugin.read([mixtral!], {})
    assert.deepStrictEqual([model.id, files], ["mixtral-8x7b", 5])
    assert.isTrue(notes?.some((note) => note.startsWith("5 arrays with a sidecar")))
    assert.isTrue(notes?.some((note) => note.includes("marked them FAIL") && note.includes("R0-ROUTING")))
    assert.isTrue(notes?.some((note) => note.startsWith("left alone") && note.includes("index.json")))
    const all = yield* Stream.runCollect(requests)
    const lengths = all.map(({ prefillTokens, decodeTokens }) => [prefillTokens, decodeTokens])
    assert.deepStrictEqual(lengths, [
      [27, 31],
      [111, 255],
      [16_215, 255],
      [2041, 1023],
      [111, 101]
    ])
    for (const { source, ids } of all) {
      const { shape, values } = slowNpy(fs.readFileSync(source))!
      assert.isTrue(same(ids, transposed(values, shape[1]!, shape[2]!)), source)
    }
  }).pipe(Effect.provide(nodePlugins))
)

it.live.skipIf(gptOss20b === undefined)(
  "reads all requests of the gpt-oss archive, and its sources give the same",
  () =>
    Effect.gen(function* () {
      const { plugin } = yield* detectFormat(gptOss20b!)
      assert.strictEqual(plugin.id, "gpt-oss")
      const { model, requests } = yield* plugin.read([gptOss20b!], {})
      assert.strictEqual(model.id, "gpt-oss-20b")
      const file = path.join(gptOss20b!, "gptoss20b_decode_routing.npz")
      const experts = slowUnzip(fs.readFileSync(file)).get("experts.npy")!
      const data = experts.subarray(experts.length - 215_438 * 96)
      const kept = new Map<string, TraceRequest>()
      let [count, prefill, decode, at] = [0, 0, 0, 0]
      yield* Stream.runForEach(requests, (request) =>
        Effect.sync(() => {
          count++
          prefill += request.prefillTokens
          decode += request.decodeTokens
          const size = request.decodeTokens * 96
          // Every fiftieth by the plain reader; the sum over all ids of the rest.
          if (count % 50 === 0) assert.isTrue(same(request.ids, transposed([...data.subarray(at, at + size)], 24, 4)))
          const sum = data.subarray(at, at + size).reduce((total, id) => total + id, 0)
          assert.strictEqual(
            request.ids.reduce((total, id) => total + id, 0),
            sum
          )
          at += size
          const name = /\((.*)\)$/.exec(request.source)![1]!
          // The sources' names as they were flattened.
          kept.set(name.replaceAll("/", "__").replaceAll(/[^\w.-]/g, "_"), request)
        })
      )
      assert.deepStrictEqual([count, prefill, decode, at], [703, 0, 215_438, data.length])
      assert.deepStrictEqual([model.experts, model.topK, moeLayers(model).length], [32, 4, 24])
      const raw = path.join(gptOss20b!, "raw")
      assert.strictEqual((yield* detectFormat(raw)).plugin.id, "gpt-oss")
      const sources = yield* Stream.runCollect((yield* plugin.read([raw], {})).requests)
      assert.strictEqual(sources.length, 8)
      for (const source of sources) {
        const twin = kept.get(path.basename(source.source))!
        assert.deepStrictEqual([source.benchmark, source.subject], [twin.benchmark, twin.subject])
        assert.isTrue(same(source.ids, [...twin.ids]))
        assert.isFalse(source.ids.includes(missingExpert))
      }
    }).pipe(Effect.provide(nodePlugins))
)

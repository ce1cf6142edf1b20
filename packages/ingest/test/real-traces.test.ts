import { assert, it } from "@effect/vitest"
import { sharedData } from "@moira/test-data"
import { nodePlugins } from "@moira/core/node"
import { Effect, Stream } from "effect"
import { crc32 } from "node:zlib"
import * as fs from "node:fs"
import { detectFormat } from "../src/detect.ts"

const folder = sharedData("traces/patterns")

type Step = Readonly<Record<string, ReadonlyArray<ReadonlyArray<number>> | null>>

it.effect.skipIf(folder === undefined)("reads every real file as JSON.parse does", () =>
  Effect.gen(function* () {
    const { plugin } = yield* detectFormat(folder!)
    assert.strictEqual(plugin.id, "patterns-json")
    const read = yield* plugin.read([folder!], {})
    assert.deepStrictEqual([read.files, read.model.id], [235, "llama4-maverick"])
    const seen: Array<string> = []
    yield* Stream.runForEach(read.requests, (request) =>
      Effect.sync(() => {
        const bytes = fs.readFileSync(request.source)
        const steps = JSON.parse(bytes.toString("latin1")) as ReadonlyArray<Step>
        const layers = Object.keys(steps[0]!).filter((layer) => steps[0]![layer] !== null)
        const plain = layers.flatMap((layer) => steps.flatMap((step) => step[layer]!.flat()))
        assert.isTrue(request.ids.length === plain.length && plain.every((id, i) => request.ids[i] === id))
        assert.strictEqual(request.prefillTokens, steps[0]![layers[0]!]!.length)
        assert.strictEqual(request.decodeTokens, steps.length - 1)
        assert.strictEqual(request.sourceDigest, `crc32:${crc32(bytes).toString(16).padStart(8, "0")}`)
        assert.deepStrictEqual([request.benchmark, request.language], ["mmlu", "en"])
        seen.push(`${request.subject}/${/(\d+)\.json$/.exec(request.source)![1]}`)
      })
    )
    assert.deepStrictEqual(
      [seen.length, seen[0], seen[2], seen[10], seen[100], seen[234]],
      [235, "abstract_algebra/0", "abstract_algebra/2", "abstract_algebra/10", "anatomy/100", "anatomy/234"]
    )
  }).pipe(Effect.provide(nodePlugins))
)

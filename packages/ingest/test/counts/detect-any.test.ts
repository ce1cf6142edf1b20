/** Tokens or counts, told from content; formats of both by name. */
import { assert, it } from "@effect/vitest"
import { nodePlugins } from "@moira/core/node"
import { Effect } from "effect"
import { fileURLToPath } from "node:url"
import { detectAny, isCounts, resolveSource } from "../../src/index.ts"
import { fixtureFolder } from "../../src/testing.ts"
import { pt } from "../codecs/pickle/fixtures.ts"
import { trace } from "../tiny.ts"
import { madeUp, npyFile, safetensorsFile } from "./arrays.ts"

const list = (values: ReadonlyArray<number>) => ({ type: "I32", shape: [values.length], values }) as const

it.effect.each<readonly [string, string, string | Uint8Array]>([
  ["sglang-counts-json", "a.json", JSON.stringify({ logical_count: madeUp(1, 2, 3) }, null, 2)],
  ["eplb-json", "a.json", JSON.stringify(madeUp(1, 2, 3))],
  ["eplb-json", "a.json", "[[NaN, 1]]"],
  ["eplb-json", "a.json", "[[-1, 1]]"],
  ["eplb-npy", "a.npy", npyFile("<i4", [1, 2], [1, 2])],
  ["hotness-npy", "a.npy", npyFile("<i4", [1, 1, 40], madeUp(1, 1, 40).flat())],
  ["sglang-stat", "a.pt", pt("stat-alone")],
  ["sglang-passes", "a.pt", pt("passes/rank0")],
  ["sglang-recorder", "a.pt", pt("tokens/rank0")],
  ["sglang-recorder", "a.pt", pt("tokens-bare")],
  ["tensorrt-counts", "rank0.safetensors", safetensorsFile({ "0_1": list([1, 2]) })],
  ["patterns-json", "a.json", JSON.stringify(trace, null, 4)]
])("%s is recognised", ([id, name, content]) =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder({ [name]: content })
    const { plugin } = yield* detectAny(folder)
    assert.strictEqual(plugin.id, id)
    assert.strictEqual(isCounts(plugin), !["patterns-json", "sglang-recorder"].includes(id))
  }).pipe(Effect.provide(nodePlugins))
)

it.effect("what nobody knows is told with what every format of both kinds says, where that is asked for", () =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder({ "a.json": '{"x": 1}' })
    const error = yield* Effect.flip(detectAny(folder, true))
    assert.strictEqual(error._tag, "IngestError")
    for (const id of ["patterns-json", "sglang-counts-json", "eplb-npy"]) assert.include(error.message, `${id}: `)
    const gone = yield* Effect.flip(detectAny(`${folder}/gone`))
    assert.isTrue(gone._tag === "IngestError" && gone.reason === "NotFound")
  }).pipe(Effect.provide(nodePlugins))
)

it.effect("a format is found by name, and a module of either kind by path", () =>
  Effect.gen(function* () {
    assert.isTrue(isCounts((yield* resolveSource("sglang-stat")).plugin))
    assert.isFalse(isCounts((yield* resolveSource("patterns-json")).plugin))
    const module = fileURLToPath(new URL("../../src/counts/eplb-json.ts", import.meta.url))
    assert.strictEqual((yield* resolveSource(module)).plugin.id, "eplb-json")
    const error = yield* Effect.flip(resolveSource("sglang-stats"))
    assert.strictEqual(error.reason, "Unknown")
    assert.include(error.hint, "sglang-stat")
  }).pipe(Effect.provide(nodePlugins))
)

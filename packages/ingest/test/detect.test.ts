import { assert, it } from "@effect/vitest"
import { allPlugins, loadPlugin } from "@moira/core"
import { builtinNames, nodePlugins, nodePluginsFrom } from "@moira/core/node"
import { Effect } from "effect"
import * as path from "node:path"
import { detectFormat } from "../src/detect.ts"
import { detectAny, IngestError, resolveSource, TraceFormat } from "../src/index.ts"
import { traceFormatKind } from "../src/source.ts"
import { fixtureFolder } from "../src/testing.ts"
import { trace } from "./tiny.ts"

it.effect("finds the built-in formats in their folder, each under its own name", () =>
  Effect.gen(function* () {
    assert.include(builtinNames(traceFormatKind), "patterns-json")
    const sources = yield* allPlugins(traceFormatKind)
    assert.deepStrictEqual(
      sources.map(({ plugin }) => plugin.id),
      builtinNames(traceFormatKind)
    )
    assert.strictEqual((yield* Effect.flip(loadPlugin(traceFormatKind, "csv"))).reason, "Unknown")
  }).pipe(Effect.provide(nodePlugins))
)

it.effect("recognises by content, in a folder by the first file that a format would read", () =>
  Effect.gen(function* () {
    const text = JSON.stringify(trace, null, 4)
    const folder = yield* fixtureFolder({ "README.md": "no trace", "b/0.json": text, plain: text })
    for (const name of [".", "b", "b/0.json", "plain"]) {
      const { plugin, module } = yield* detectFormat(path.join(folder, name))
      assert.strictEqual(plugin.id, "patterns-json")
      assert.match(module, /formats\/patterns-json\/index\.ts$/)
    }
  }).pipe(Effect.provide(nodePlugins))
)

it.effect("says why each format declined", () =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder({
      "object.json": '{"logical_count": []}',
      "nested.json": "[[1,2],[3,4]]",
      "words.json": '[{"layer": 1}]',
      "marked.json": "\ufeff[]",
      "empty.json": "",
      "notes/a.txt": "x"
    })
    const refusal = (name: string) => Effect.flip(detectFormat(path.join(folder, name), true))
    const said: ReadonlyArray<readonly [string, string]> = [
      ["object.json", "patterns-json: it does not start with a list of objects"],
      ["nested.json", "patterns-json: it does not start with a list of objects"],
      ["words.json", "patterns-json: its first object does not map layer numbers to rows of ids"],
      ["marked.json", "patterns-json: it starts with a byte order mark"],
      ["empty.json", "patterns-json: the file is empty"],
      ["notes", "patterns-json: no file whose name ends in .json"]
    ]
    for (const [name, why] of said) {
      const error = yield* refusal(name)
      assert.instanceOf(error, IngestError)
      assert.deepStrictEqual([error.reason, error.where], ["UnknownFormat", path.join(folder, name)])
      assert.include(error.what, why)
      assert.notInclude(error.message, "\n")
    }
    assert.strictEqual((yield* refusal("nowhere")).reason, "NotFound")
  }).pipe(Effect.provide(nodePlugins))
)

it.effect("leads with the nearest format and names the file once, else says what the file looks like", () =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder({
      "near/r.json": '{"id": "x", "choices": [{"text": "a"}], "usage": {"prompt_tokens": 1}}',
      "far/r.json": '{"x": 1, "y": {"z": [2]}}',
      "text/notes.txt": "to do:\n\u001b[31m",
      "zip/a.zip": "PK\u0003\u0004 and more",
      "packed/r.json.zst": Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0),
      "mark/r.json": '\ufeff{"choices": []}',
      "wide/r.json": Uint8Array.of(0xff, 0xfe, 0x7b, 0)
    })
    const said: ReadonlyArray<readonly [string, string, string]> = [
      ["near", "r.json", "the nearest is vllm: a response without routed_experts"],
      ["far", "r.json", 'it looks like a JSON object with the keys "x", "y"'],
      ["text", "notes.txt", "it looks like binary data"],
      ["zip", "a.zip", "it looks like a zip archive"],
      ["packed", "r.json.zst", "a compressed file; unpack it first"],
      ["mark", "r.json", "a byte order mark"],
      ["wide", "r.json", "text in UTF-16"]
    ]
    for (const [name, file, what] of said) {
      const whole = path.join(folder, name, file)
      const error = yield* Effect.flip(detectFormat(name === "zip" ? whole : path.join(folder, name)))
      assert.instanceOf(error, IngestError)
      assert.deepStrictEqual([error.reason, error.where], ["UnknownFormat", whole])
      assert.include(error.what, what)
      assert.include(error.hint, "--verbose")
      assert.strictEqual(error.message.split(folder).length, 2, error.message)
      assert.isBelow(error.message.length - whole.length, 3 * 120)
    }
  }).pipe(Effect.provide(nodePlugins))
)

it.effect("is a service: by name, or as the first path says", () =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder({ "0.json": JSON.stringify(trace, null, 4) })
    for (const layer of [TraceFormat.named("patterns-json"), TraceFormat.detected([folder, "nowhere"])])
      assert.strictEqual((yield* Effect.provide(TraceFormat, layer)).id, "patterns-json")
    const refusal = (paths: ReadonlyArray<string>) =>
      Effect.flip(Effect.provide(TraceFormat, TraceFormat.detected(paths)))
    assert.include(yield* refusal([path.join(folder, "nowhere"), folder]), { reason: "NotFound" })
    assert.include(yield* refusal([]), { reason: "NotFound", what: "no file and no folder is given" })
  }).pipe(Effect.provide(nodePlugins))
)

/** A format as an installed package brings it; its files begin with `word`. */
const formatOf = (id: string, contract: string, word: string) => `export default {
  contract: "${contract}", ${contract.startsWith("counts") ? "counts: true," : ""}
  id: "${id}", title: "${id}", endings: [".acme"],
  recognises: ({ bytes }) =>
    new TextDecoder().decode(bytes).startsWith("${word}") ? { matches: true } : { matches: false, why: "no ${word}" },
  read: () => { throw new Error("not read here") }
}`

it.effect("a package that brings counts alone is found by its own name", () =>
  Effect.gen(function* () {
    const manifest = { name: "@acme/table", type: "module", exports: { "./counts": "./counts.js" } }
    const folder = yield* fixtureFolder({
      "package.json": JSON.stringify({ dependencies: { "@acme/table": "1.0.0" } }),
      "node_modules/@acme/table/package.json": JSON.stringify({ ...manifest, moira: { "counts-format": "./counts" } }),
      "node_modules/@acme/table/counts.js": formatOf("table", "counts-format/v1", "counts")
    })
    const installed = Effect.provide(nodePluginsFrom({ directory: folder }))
    assert.strictEqual((yield* installed(resolveSource("@acme/table"))).plugin.id, "table")
  })
)

it.effect("asks the formats of installed packages as well, and names one of another version", () =>
  Effect.gen(function* () {
    const brings = { "trace-format": "./traces", "counts-format": "./counts" }
    const exports = { "./traces": "./traces.js", "./counts": "./counts.js" }
    const folder = yield* fixtureFolder({
      "package.json": JSON.stringify({ dependencies: { acme: "1.0.0" } }),
      "node_modules/acme/package.json": JSON.stringify({ name: "acme", type: "module", exports, moira: brings }),
      "node_modules/acme/traces.js": formatOf("acme-traces", "trace-format/v1", "tokens"),
      "node_modules/acme/counts.js": formatOf("acme-counts", "counts-format/v1", "counts"),
      "new-traces.mjs": formatOf("new-traces", "trace-format/v2", "tokens"),
      "new-counts.mjs": formatOf("new-counts", "counts-format/v2", "counts"),
      "a.acme": "tokens 1 2 3",
      "b.acme": "counts 1 2 3"
    })
    const installed = Effect.provide(nodePluginsFrom({ directory: folder }))
    const detected = (name: string) => installed(detectAny(path.join(folder, name)))
    assert.strictEqual((yield* detected("a.acme")).plugin.id, "acme-traces")
    assert.strictEqual((yield* detected("b.acme")).plugin.id, "acme-counts")
    assert.include((yield* Effect.flip(detectAny(path.join(folder, "a.acme")))).message, "no format recognises it")
    for (const [name, id] of [
      ["traces", "acme-traces"],
      ["counts", "acme-counts"],
      ["acme/counts", "acme-counts"]
    ] as const)
      assert.strictEqual((yield* installed(resolveSource(name))).plugin.id, id)
    assert.match((yield* Effect.flip(installed(resolveSource("count")))).hint, /of counts: .*tensorrt-counts, counts/)
    for (const seam of ["traces", "counts"]) {
      const error = yield* Effect.flip(resolveSource(path.join(folder, `new-${seam}.mjs`)))
      const kind = seam === "traces" ? "trace-format" : "counts-format"
      assert.deepStrictEqual([error.reason, error.what], ["OtherVersion", `is ${kind}/v2; this Moira reads ${kind}/v1`])
    }
  }).pipe(Effect.provide(nodePlugins))
)

import { assert, it } from "@effect/vitest"
import { builtinNames, loadPlugin } from "@moira/core/node"
import { Effect } from "effect"
import * as path from "node:path"
import { builtinSources, detectFormat, IngestError, sourceKind } from "../src/index.ts"
import { fixtureFolder } from "../src/testing.ts"
import { trace } from "./tiny.ts"

it.effect("finds the built-in formats in their folder, each under its own name", () =>
  Effect.gen(function* () {
    assert.include(builtinNames(sourceKind), "patterns-json")
    const sources = yield* builtinSources()
    assert.deepStrictEqual(
      sources.map(({ plugin }) => plugin.id),
      builtinNames(sourceKind)
    )
    assert.strictEqual((yield* Effect.flip(loadPlugin(sourceKind, "csv"))).reason, "Unknown")
  })
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
  })
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
    const refusal = (name: string) => Effect.flip(detectFormat(path.join(folder, name)))
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
  })
)

import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { IngestError } from "../src/fault/error.ts"
import { listFiles } from "../src/parts/list-files.ts"
import { type FixtureFiles, fixtureFolder } from "../src/testing.ts"

const listed = (folder: string, paths: ReadonlyArray<string>) =>
  Effect.map(
    listFiles(
      paths.map((name) => path.join(folder, name)),
      [".json"]
    ),
    (files) => files.map((file) => path.relative(folder, file))
  )

const files: FixtureFiles = { "b/2.json": "x", "b/notes.txt": "x", "a/c/10.json": "x", "a/odd": "x", "README.md": "x" }

it.effect("walks folders at any level, sorted, and leaves other endings alone", () =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder(files)
    assert.deepStrictEqual(yield* listed(folder, ["."]), ["a/c/10.json", "b/2.json"])
    assert.deepStrictEqual(yield* listed(folder, ["b", "a"]), ["b/2.json", "a/c/10.json"])
  })
)

it.effect("takes a file given by name whatever its ending, and each file once", () =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder(files)
    assert.deepStrictEqual(yield* listed(folder, ["a/odd", "b/2.json", "b", "./b//2.json"]), ["a/odd", "b/2.json"])
  })
)

it.effect("follows links, and links in a circle end", () =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder(files)
    fs.symlinkSync(folder, path.join(folder, "a", "up"))
    fs.symlinkSync(path.join(folder, "b"), path.join(folder, "a", "c", "again"))
    fs.symlinkSync(path.join(folder, "a/odd"), path.join(folder, "b", "link.json"))
    fs.symlinkSync(path.join(folder, "nowhere"), path.join(folder, "b", "broken.txt"))
    assert.deepStrictEqual(yield* listed(folder, ["."]), ["a/c/10.json", "a/c/again/2.json", "a/c/again/link.json"])
  })
)

it.effect("says what is not there, empty, or not a file", () =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder({ ...files, "empty/x.txt": "x" })
    fs.symlinkSync(path.join(folder, "nowhere"), path.join(folder, "b", "broken.json"))
    fs.symlinkSync(path.join(folder, "self"), path.join(folder, "self"))
    const refusal = (name: string) => Effect.flip(listed(folder, [name]))
    const missing = yield* refusal("c/5.json")
    assert.instanceOf(missing, IngestError)
    assert.deepStrictEqual([missing.reason, missing.where], ["NotFound", path.join(folder, "c/5.json")])
    const empty = yield* refusal("empty")
    assert.deepStrictEqual([empty.reason, empty.where], ["Empty", path.join(folder, "empty")])
    const broken = yield* refusal("b")
    assert.deepStrictEqual([broken.reason, broken.where], ["NotFound", path.join(folder, "b/broken.json")])
    assert.strictEqual((yield* refusal("self")).reason, "Unreadable")
    assert.strictEqual((yield* Effect.flip(listFiles(["/dev/null"], [".json"]))).reason, "Unreadable")
    assert.strictEqual((yield* Effect.flip(listFiles([], [".json"]))).reason, "Empty")
  })
)

import { assert, it } from "@effect/vitest"
import { flushDirectory, writeFileAtomic } from "../src/node/atomic-file.ts"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { snapshot, temporaryDirectory } from "../src/testing/scratch.ts"

it.effect("writeFileAtomic writes text and bytes, makes parents and replaces", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    const file = path.join(folder, "a", "b.txt")
    writeFileAtomic(file, "größer")
    assert.strictEqual(fs.readFileSync(file, "utf8"), "größer")
    writeFileAtomic(file, Uint8Array.of(0, 255, 1))
    assert.deepStrictEqual([...fs.readFileSync(file)], [0, 255, 1])
    assert.deepStrictEqual(fs.readdirSync(path.dirname(file)), ["b.txt"])
  })
)

it.effect("writeFileAtomic that fails leaves what was there and no temporary file", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    fs.writeFileSync(path.join(folder, "file"), "old")
    fs.mkdirSync(path.join(folder, "directory", "inside"), { recursive: true })
    const files = snapshot(folder)
    // A directory cannot be replaced by a file, and a file is no parent.
    assert.throws(() => writeFileAtomic(path.join(folder, "directory"), "new"), /EISDIR|ENOTEMPTY|EEXIST|EPERM/)
    assert.throws(() => writeFileAtomic(path.join(folder, "file", "below"), "new"), /ENOTDIR|EEXIST/)
    assert.throws(() => writeFileAtomic(path.join(folder, "file"), 5 as never), TypeError)
    assert.deepStrictEqual(snapshot(folder), files)
    assert.deepStrictEqual(fs.readdirSync(folder).toSorted(), ["directory", "file"])
  })
)

it("a folder that cannot be flushed is an error that names it, except where systems cannot flush folders", () => {
  assert.throws(() => flushDirectory("/no/such/folder"), /\/no\/such\/folder cannot be flushed to disk: ENOENT/)
})

import { assert, it } from "@effect/vitest"
import { atomicDirectory } from "../src/node/atomic.ts"
import { writeFileAtomic } from "../src/node/atomic-file.ts"
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

const onError = (cause: unknown) => cause

it.effect("a directory that is not committed goes with its scope", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    const target = path.join(folder, "target")
    fs.mkdirSync(target)
    fs.writeFileSync(path.join(target, "old"), "old")
    const files = snapshot(folder)
    const temporary = yield* Effect.gen(function* () {
      const place = yield* atomicDirectory(target, onError)
      fs.writeFileSync(path.join(place.path, "new"), "new")
      assert.strictEqual(path.dirname(place.path), folder, "beside the target, so that a rename suffices")
      return place.path
    }).pipe(Effect.scoped)
    assert.isFalse(fs.existsSync(temporary))
    assert.deepStrictEqual(snapshot(folder), files)
  })
)

it.effect("a committed directory stays and replaces the old one whole", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    const target = path.join(folder, "target")
    for (const name of ["first", "second"]) {
      yield* Effect.gen(function* () {
        const place = yield* atomicDirectory(target, onError)
        fs.writeFileSync(path.join(place.path, name), name)
        place.commit()
      }).pipe(Effect.scoped)
      assert.deepStrictEqual(fs.readdirSync(target), [name])
    }
    assert.deepStrictEqual(fs.readdirSync(folder), ["target"])
  })
)

it.effect("a commit that fails puts the old directory back", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    const target = path.join(folder, "target")
    fs.mkdirSync(target)
    fs.writeFileSync(path.join(target, "old"), "old")
    const files = snapshot(folder)
    yield* Effect.gen(function* () {
      const place = yield* atomicDirectory(target, onError)
      fs.rmSync(place.path, { recursive: true })
      assert.throws(place.commit, /ENOENT/)
    }).pipe(Effect.scoped)
    assert.deepStrictEqual(snapshot(folder), files)
    assert.deepStrictEqual(fs.readdirSync(folder), ["target"])
  })
)

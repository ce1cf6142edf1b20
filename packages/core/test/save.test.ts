import { assert, it } from "@effect/vitest"
import { writeFiles } from "@moira/core/node"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const scratch = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "moira-save-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true }))
)

it.effect("text and bytes are written below a folder that is made", () =>
  Effect.gen(function* () {
    const directory = path.join(yield* scratch, "new")
    const files = new Map<string, string | Uint8Array>([
      ["a.txt", "text"],
      ["deeper/b.bin", Uint8Array.of(1, 2)]
    ])
    const written = yield* writeFiles(directory, files)
    assert.deepStrictEqual(written, [path.join(directory, "a.txt"), path.join(directory, "deeper/b.bin")])
    assert.strictEqual(fs.readFileSync(written[0]!, "utf8"), "text")
    assert.deepStrictEqual([...fs.readFileSync(written[1]!)], [1, 2])
  }).pipe(Effect.scoped)
)

it.effect("a directory that cannot be is refused in one line", () =>
  Effect.gen(function* () {
    const file = path.join(yield* scratch, "file")
    fs.writeFileSync(file, "")
    const error = yield* Effect.flip(writeFiles(file, new Map([["a.txt", ""]])))
    assert.strictEqual(error.reason, "NotWritable")
    assert.include(error.where, "a.txt")
    assert.notInclude(error.message, "\n")
    assert.include(error.message, "hint:")
  }).pipe(Effect.scoped)
)

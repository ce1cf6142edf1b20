/** For tests that write: an empty directory, and what is in one. */
import { Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

/** An empty directory that goes with the scope. */
export const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "moira-test-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
)

/** Bytes of every file below a directory by relative name. */
export const snapshot = (directory: string): ReadonlyMap<string, string> =>
  new Map(
    fs
      .readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const file = path.join(entry.parentPath, entry.name)
        return [path.relative(directory, file), fs.readFileSync(file).toString("base64")] as const
      })
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
  )

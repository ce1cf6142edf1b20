/** Files and directories that appear whole or not at all. */
import { Effect, type Scope } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { sibling } from "./atomic-file.ts"
import { makeDirectory } from "./make-directory.ts"

export interface AtomicDirectory {
  /** Where to write. */
  readonly path: string
  /** Puts the directory in place of `target`, replacing what was there. */
  readonly commit: () => void
}

/** A temporary directory beside `target` that is removed with the scope unless it was committed. */
export const atomicDirectory = <E>(
  target: string,
  onError: (cause: unknown) => E
): Effect.Effect<AtomicDirectory, E, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        const temporary = sibling(path.resolve(target))
        makeDirectory(temporary)
        return temporary
      },
      catch: onError
    }),
    (temporary) => Effect.sync(() => fs.rmSync(temporary, { recursive: true, force: true }))
  ).pipe(
    Effect.map((temporary) => ({
      path: temporary,
      commit: () => {
        const old = sibling(path.resolve(target))
        const replaces = fs.existsSync(target)
        if (replaces) fs.renameSync(target, old)
        try {
          fs.renameSync(temporary, target)
        } catch (error) {
          if (replaces) fs.renameSync(old, target)
          throw error
        }
        if (replaces) fs.rmSync(old, { recursive: true, force: true })
      }
    }))
  )

/** Node's cache of compiled code, which the next start reads instead of compiling again. */
import * as fs from "node:fs"
import { enableCompileCache, getCompileCacheDir } from "node:module"
import * as os from "node:os"
import * as path from "node:path"

/**
 * In the user's own cache folder: in one that all users share, as Node's usual one is, others could leave code for us to run.
 * Where there can be no folder there is no cache. `NODE_COMPILE_CACHE` names another folder, `NODE_DISABLE_COMPILE_CACHE=1`
 * does without.
 */
export const keepCompiled = (): void => {
  if (getCompileCacheDir() !== undefined) return
  try {
    const cache = process.env["XDG_CACHE_HOME"] || path.join(os.homedir(), ".cache")
    const ours = path.join(cache, "moira")
    // Made here, and no parents: Node makes them in a loop that never ends below /proc.
    if (!path.isAbsolute(ours)) return
    for (const folder of [cache, ours]) if (!fs.existsSync(folder)) fs.mkdirSync(folder)
    enableCompileCache(ours)
  } catch {
    // Everything works without, and a second's tenth later.
  }
}

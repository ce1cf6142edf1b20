/** Where a command that writes one document puts it. */
import * as fs from "node:fs"
import * as path from "node:path"

/** `--out` is a directory for a file of this name, or a file itself where it ends in `.json` and no directory has its name. */
export const documentFile = (out: string, name: string): string =>
  out.endsWith(".json") && !(fs.existsSync(out) && fs.statSync(out).isDirectory()) ? out : path.join(out, name)

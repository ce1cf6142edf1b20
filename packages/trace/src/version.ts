/** The version that results and stores name as their maker. */
import * as fs from "node:fs"

// One folder up from this file and, once built, from `dist`, where all chunks lie side by side.
const manifest: { readonly version: string } = JSON.parse(
  fs.readFileSync(new URL("../package.json", import.meta.url), "utf8")
)

export const version = manifest.version

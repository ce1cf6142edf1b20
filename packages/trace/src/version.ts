/** The version that results and stores name as their maker. */
import * as fs from "node:fs"

const manifest: { readonly version: string } = JSON.parse(
  fs.readFileSync(new URL("../package.json", import.meta.url), "utf8")
)

export const version = manifest.version

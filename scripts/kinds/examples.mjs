/** The numbered examples that `new` copies: those of one kind of plug-in, which their package.json names. */
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"

export const kindFolders = (root = ".") =>
  globSync("examples/*-own-*", { cwd: root })
    .filter((folder) => "moira" in JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")))
    .toSorted()

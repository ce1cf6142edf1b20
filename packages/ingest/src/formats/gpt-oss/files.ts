/** Sorts the files of a fingerprint data set: a pack of all requests makes the JSON files below it redundant. */
import * as fs from "node:fs"
import * as path from "node:path"
import { type LabelledFile, labelFile } from "../../parts/layout.ts"
import { tableName } from "./pack.ts"

export interface FingerprintFiles {
  readonly items: ReadonlyArray<LabelledFile>
  /** How many JSON files were not read because a pack holds their requests. */
  readonly leftAlone: number
}

const below = (file: string, folder: string): boolean => !path.relative(folder, file).startsWith("..")

const packsIn = (folder: string): ReadonlyArray<string> =>
  fs.readdirSync(folder).filter((name) => name.endsWith(".npz"))

/** A table named by itself stands for the packs beside it. */
export const sortFiles = (files: ReadonlyArray<string>): FingerprintFiles => {
  const isTable = (file: string) => path.basename(file) === tableName && packsIn(path.dirname(file)).length > 0
  const packs = new Set(files.filter((file) => file.endsWith(".npz")))
  for (const file of files.filter(isTable))
    for (const name of packsIn(path.dirname(file))) packs.add(path.join(path.dirname(file), name))
  const folders = [...packs].map((pack) => path.dirname(pack))
  const others = files.filter((file) => !file.endsWith(".npz") && !isTable(file))
  const single = others.filter((file) => !folders.some((folder) => below(file, folder)))
  return { items: [...packs, ...single].map(labelFile), leftAlone: others.length - single.length }
}

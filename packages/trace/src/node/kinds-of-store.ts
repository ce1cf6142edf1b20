/** The two kinds of stores: what their directories are called and consist of. */
import { hash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { countsSchema } from "../counts/manifest.ts"
import { type Manifest, storeSchema } from "../manifest.ts"
import { readSeal } from "./parquet/file-reader.ts"
import type { StoreFiles } from "./put-in-place.ts"

export interface StoreKind extends StoreFiles {
  readonly schema: string
  /** As messages call it: `a Moira store`. */
  readonly title: string
}

/** What a manifest says, whatever it is; undefined where there is none. */
export const rawManifest = (directory: string): Readonly<Record<string, any>> | undefined => {
  try {
    const json: unknown = JSON.parse(fs.readFileSync(path.join(directory, "manifest.json"), "utf8"))
    return typeof json === "object" && json !== null ? (json as Readonly<Record<string, any>>) : undefined
  } catch {
    return undefined
  }
}

const digestOf = (file: string): string => hash("sha256", fs.readFileSync(file))

/** False also where a file cannot be read. */
const quietly = (check: () => boolean): boolean => {
  try {
    return check()
  } catch {
    return false
  }
}

export const traceKind: StoreKind = {
  schema: storeSchema,
  title: "a Moira store",
  names: ["selections.parquet", "requests.parquet", "overview.parquet"],
  belongs: (directory, name, file) =>
    quietly(() => {
      const seals = rawManifest(directory)?.seals as Manifest["seals"]
      if (seals === undefined) return false
      if (name === "requests.parquet") return digestOf(file) === seals.requestsSha256
      if (name === "overview.parquet") return digestOf(file) === seals.overviewSha256
      const { bytes, footerSha256 } = readSeal(file)
      return bytes === seals.selections.bytes && footerSha256 === seals.selections.footerSha256
    })
}

export const countsKind: StoreKind = {
  schema: countsSchema,
  title: "a Moira counts store",
  names: ["counts.parquet"],
  belongs: (directory, _, file) => quietly(() => digestOf(file) === rawManifest(directory)?.countsSha256)
}

/** Whether a directory holds a store of a kind, whatever its state and version. */
export const isStoreOf = (directory: string, { schema }: StoreKind): boolean =>
  rawManifest(directory)?.schema === schema

/** Whether a directory holds a store of traces, whatever its state and version. */
export const isTraceStore = (directory: string): boolean => isStoreOf(directory, traceKind)

/** Small corpora of patterns-json on disk, for tests of ingestion. */
import { type Model, moeLayers, random, substream } from "@moira/core"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

/** An empty directory that goes with the scope. */
export const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "moira-ingest-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
)

/** One request as the study's data set writes it, with random ids. */
const patternsText = (model: Model, seed: number, prefill: number, decode: number): string => {
  const { below } = random(substream(seed, "patterns"))
  const row = () => {
    const ids = new Set<number>()
    while (ids.size < model.topK) ids.add(below(model.experts))
    return [...ids]
  }
  const moe = new Set(moeLayers(model))
  const step = (rows: number) =>
    Object.fromEntries(
      Array.from({ length: model.layers }, (_, layer) => [
        layer,
        moe.has(layer) ? Array.from({ length: rows }, row) : null
      ])
    )
  return JSON.stringify([step(prefill), ...Array.from({ length: decode }, () => step(1))], undefined, 4)
}

/** Writes `requests` files below `folder`, in two subjects, and returns their paths in the order of their requests. */
export const writeCorpus = (folder: string, model: Model, requests: number, seed = 1): ReadonlyArray<string> => {
  const { below } = random(substream(seed, "lengths"))
  const files = Array.from({ length: requests }, (_, i) => {
    const subject = i < requests / 2 ? "anatomy" : "virology"
    return path.join(folder, "mmlu", subject, `${i}.json`)
  })
  for (const [i, file] of files.entries()) {
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, patternsText(model, seed + i, 1 + below(4), below(4)))
  }
  return files
}

/** Bytes of the three files of a store, by name; undefined where there is no store. */
export const storeBytes = (directory: string): Readonly<Record<string, string>> | undefined =>
  fs.existsSync(directory)
    ? Object.fromEntries(
        fs
          .readdirSync(directory)
          .toSorted()
          .map((name) => [name, fs.readFileSync(path.join(directory, name)).toString("base64")])
      )
    : undefined

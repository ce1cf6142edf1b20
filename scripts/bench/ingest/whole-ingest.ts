/** How fast and in how much memory a whole corpus becomes a store, and what of the time its parts take. */
import { findModel } from "../../../packages/core/src/index.ts"
import { SegmentWriter } from "../../../packages/trace/src/segments.ts"
import { execFileSync } from "node:child_process"
import { hash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { crc32 } from "node:zlib"
import type { SourceHash } from "../../../packages/ingest/src/codecs/bytes/digest.ts"
import { makeDecoder } from "../../../packages/ingest/src/formats/patterns-json/decode.ts"
import { readInto } from "../../../packages/ingest/src/formats/patterns-json/read-file.ts"
import { patternShape } from "../../../packages/ingest/src/formats/patterns-json/shape.ts"
import { writeLargeCorpus } from "./large-corpus.ts"
import type { Ratio } from "./ratios.ts"

interface Took {
  readonly wallSeconds: number
  readonly cpuSeconds: number
  readonly residentMb: number
}

const model = findModel("deepseek-v3")!
const child = fileURLToPath(new URL("ingest-child.ts", import.meta.url))
const rounds = 2

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

const ingest = (folder: string, out: string, workers: number, sourceHash: SourceHash): Took =>
  JSON.parse(
    execFileSync(process.execPath, ["--conditions=@moira/source", child, folder, out, String(workers), sourceHash], {
      encoding: "utf8"
    })
  )

const configurations = [
  [1, "crc32"],
  [2, "crc32"],
  [4, "crc32"],
  [2, "sha256"]
] as const

/**
 * Whole runs over `large`. Of the CPU time that of `small` is taken off: starting threads and compiling cost the same
 * however much there is to read. What is left tells what two cores do at most.
 */
const printRuns = (small: string, large: string, smallBytes: number, largeBytes: number, out: string): number => {
  const took = Array.from({ length: rounds }, () => ({
    small: ingest(small, out, 2, "crc32"),
    large: configurations.map(([workers, sourceHash]) => ingest(large, out, workers, sourceHash))
  }))
  const rates = configurations.map(([workers, sourceHash], i) => {
    const own = took.map(({ large: runs }) => runs[i]!)
    const wall = median(own.map((run) => run.wallSeconds))
    const more = took.map((round) => round.large[i]!.cpuSeconds - round.small.cpuSeconds)
    const perGb = median(more) / ((largeBytes - smallBytes) / 1e9)
    const resident = Math.max(...own.map((run) => run.residentMb))
    console.log(
      `  ${workers} workers, files by ${sourceHash.padEnd(6)}  ${wall.toFixed(2)} s wall, ${(largeBytes / 1e9 / wall).toFixed(2)} GB/s; ` +
        `${perGb.toFixed(2)} CPU s/GB at the margin, ${(2 / perGb).toFixed(2)} GB/s of two cores; ${resident.toFixed(0)} MB resident`
    )
    return 2 / perGb
  })
  return rates[1]!
}

const cpuSeconds = (run: () => void): number => {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/** What the parts of the work take on one core, each with those before it where it needs them. */
const printParts = (files: ReadonlyArray<string>, folder: string): void => {
  const bytes = files.reduce((sum, file) => sum + fs.statSync(file).size, 0)
  const decoder = makeDecoder(patternShape(model))
  const each = (reader: (file: string) => unknown) => () => files.forEach((file) => reader(file))
  const labels = { benchmark: "mmlu", subject: "all", language: "en" }
  const store = () => {
    for (let from = 0; from < files.length; from += 64) {
      const writer = new SegmentWriter(folder, "part", model)
      for (const source of files.slice(from, from + 64))
        writer.append({ ...labels, source, ...decoder.decode(readInto(decoder, source).length) })
      writer.finish([])
    }
  }
  const warm = readInto(decoder, files[0]!).slice()
  const parts: ReadonlyArray<readonly [string, () => void]> = [
    ["SHA-256 of memory in the cache", each(() => hash("sha256", warm))],
    ["CRC-32 of memory in the cache", each(() => crc32(warm))],
    ["read", each((file) => readInto(decoder, file))],
    ["read, CRC-32", each((file) => crc32(readInto(decoder, file)))],
    ["read, decode", each((file) => decoder.decode(readInto(decoder, file).length))],
    ["read, decode, transpose, compress, write", store]
  ]
  const times = Array.from({ length: rounds + 1 }, () => parts.map(([, run]) => cpuSeconds(run))).slice(1)
  for (const [i, [name]] of parts.entries())
    console.log(`  ${name.padEnd(42)} ${(median(times.map((round) => round[i]!)) / (bytes / 1e9)).toFixed(2)} CPU s/GB`)
}

/** Writes a corpus of 2 GB below `folder`, ingests it, and returns the ratios that were aimed at. */
export const printWholeIngest = (folder: string): ReadonlyArray<Ratio> => {
  const [half, whole] = [path.join(folder, "half"), path.join(folder, "whole")]
  const halfBytes = writeLargeCorpus(half, model, 0.5e9, 1)
  const bytes = writeLargeCorpus(whole, model, 2e9, 1)
  const out = path.join(folder, "whole.moira")
  console.log(`\nwhole ingest of ${(bytes / 1e9).toFixed(2)} GB of DeepSeek-like pretty JSON`)
  const rate = printRuns(half, whole, halfBytes, bytes, out)
  const stored = fs.globSync(path.join(out, "*")).reduce((sum, file) => sum + fs.statSync(file).size, 0)
  console.log(`  the store is 1/${(bytes / stored).toFixed(1)} of the JSON`)
  console.log("\nits parts, one core")
  printParts(fs.globSync(path.join(half, "**", "*.json")), folder)
  return [
    { what: "whole ingest on 2 cores, CPU time at the margin", least: 2, measured: rate, unit: " GB/s" },
    { what: "pretty JSON against its store, DeepSeek-like", least: 25, measured: bytes / stored }
  ]
}

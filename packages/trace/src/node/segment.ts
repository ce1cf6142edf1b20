/**
 * A segment: the selections of some requests in a file of their own, numbered from 0, until all segments of a trace are
 * there and become one store. Plain code without Effect, for worker threads.
 */
import { hash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { flushDirectory, moeLayers, writeFileAtomic } from "@moira/core/thread"
import { ChunkWriter } from "./chunk-writer.ts"
import type { OverviewCounts } from "../overview-counts.ts"
import type { FileSeal } from "./parquet/file-reader.ts"
import { SelectionsFile } from "./parquet/file-writer.ts"
import { PrefixWriter } from "./repeats/prefix-file.ts"
import type { StoredModel } from "./request-check.ts"
import type { CountedRemark } from "../remarks.ts"
import type { RequestRow } from "../requests.ts"
import type { TraceRequest } from "../selections.ts"

/** Raised when segments that an earlier Moira left cannot be used by this one. */
export const segmentVersion = 3

/** A source that was left out, and why. */
export interface SkippedSource {
  readonly source: string
  readonly reason: string
}

/** What a finished segment holds; written last, so where it is the segment is whole. */
export interface SegmentIndex {
  readonly version: typeof segmentVersion
  readonly rows: ReadonlyArray<RequestRow>
  /** Ids that are holes. */
  readonly missing: number
  /** Ids that are choices of zero experts. */
  readonly zero: number
  /** What binds the file of selections to this index. */
  readonly seal: FileSeal
  /** Length of the file of hashes of how its requests begin. */
  readonly prefixBytes: number
  readonly skipped: ReadonlyArray<SkippedSource>
  readonly remarks: ReadonlyArray<CountedRemark>
  readonly counts: SegmentCounts
}

/** How often experts were chosen: 64-bit numbers as base64 of their zstd, by task or of all of them. */
export interface SegmentCounts {
  readonly together: boolean
  readonly tasks: ReadonlyArray<readonly [task: string, counts: string]>
}

const packCounts = (counts: OverviewCounts): SegmentCounts => ({
  together: counts.isTogether,
  tasks: [...counts.tasks].map(([task, { buffer }]) => [
    task,
    zlib.zstdCompressSync(new Uint8Array(buffer)).toString("base64")
  ])
})

/** Adds the counts of a segment to those of its store. Throws where they are damaged. */
export const addSegmentCounts = ({ together, tasks }: SegmentCounts, to: OverviewCounts): void => {
  if (together) to.together()
  for (const [task, packed] of tasks) {
    const bytes = zlib.zstdDecompressSync(Buffer.from(packed, "base64"))
    to.addCounts(task, new Float64Array(new Uint8Array(bytes).buffer))
  }
}

const dataFile = (directory: string, name: string): string => path.join(directory, `${name}.parquet`)
const prefixFile = (directory: string, name: string): string => path.join(directory, `${name}.prefixes`)
const indexFile = (directory: string, name: string): string => path.join(directory, `${name}.json`)

/** Writes one segment; it is not there before `finish`. All throw the file system's error. */
export class SegmentWriter {
  readonly #directory: string
  readonly #name: string
  readonly #temporary: string
  readonly #file: SelectionsFile
  readonly #prefixes: PrefixWriter
  readonly #chunks: ChunkWriter

  constructor(directory: string, name: string, model: StoredModel) {
    this.#directory = directory
    this.#name = name
    this.#temporary = path.join(directory, `${name}.tmp`)
    fs.rmSync(this.#temporary, { force: true })
    this.#file = new SelectionsFile(this.#temporary, model)
    this.#prefixes = new PrefixWriter(prefixFile(directory, name), moeLayers(model).length, model.topK)
    this.#chunks = new ChunkWriter(model, this.#file, this.#prefixes, true)
  }

  /** Takes the request over, its ids included. Throws `Contradiction` where it is not of the model. */
  append(request: TraceRequest): void {
    this.#chunks.append(request)
  }

  finish(skipped: ReadonlyArray<SkippedSource>): SegmentIndex {
    this.#chunks.flush()
    this.#file.finish()
    this.#prefixes.finish()
    const { rows, missing, zero, remarks } = this.#chunks
    const { bytes, footerSha256 } = this.#file
    const seal = { bytes, footerSha256 }
    const prefixBytes = this.#prefixes.bytes
    const counts = packCounts(this.#chunks.counts)
    const told = { skipped, remarks, counts }
    const index: SegmentIndex = { version: segmentVersion, rows, missing, zero, seal, prefixBytes, ...told }
    fs.renameSync(this.#temporary, dataFile(this.#directory, this.#name))
    const text = JSON.stringify(index)
    writeFileAtomic(indexFile(this.#directory, this.#name), `${hash("sha256", text)}\n${text}`)
    flushDirectory(this.#directory)
    return index
  }

  /** Removes what was written; for a segment that cannot be finished. */
  discard(): void {
    this.#file.close()
    this.#prefixes.close()
    fs.rmSync(this.#temporary, { force: true })
    fs.rmSync(prefixFile(this.#directory, this.#name), { force: true })
  }
}

/** What stands before the first line break, and after it. */
const cutOnce = (text: string): readonly [string, string] => {
  const at = text.indexOf("\n")
  return [text.slice(0, at), text.slice(at + 1)]
}

/** A finished segment and when its writing began (ms since 1970, by the file system's clock), or undefined. */
export const findSegment = (
  directory: string,
  name: string
): { readonly index: SegmentIndex; readonly begunMs: number } | undefined => {
  try {
    const [digest, text] = cutOnce(fs.readFileSync(indexFile(directory, name), "utf8"))
    if (hash("sha256", text) !== digest) return undefined
    const index = JSON.parse(text) as SegmentIndex
    const { size, birthtimeMs } = fs.statSync(dataFile(directory, name))
    const whole = index.seal.bytes === size && index.prefixBytes === fs.statSync(prefixFile(directory, name)).size
    return index.version === segmentVersion && whole ? { index, begunMs: birthtimeMs } : undefined
  } catch {
    return undefined
  }
}

/** Removes a segment, so that it is made again. */
export const dropSegment = (directory: string, name: string): void => {
  fs.rmSync(indexFile(directory, name), { force: true })
  fs.rmSync(dataFile(directory, name), { force: true })
  fs.rmSync(prefixFile(directory, name), { force: true })
}

/** Where the selections of a finished segment are. */
export const segmentData = dataFile

/** Where the hashes of how its requests begin are. */
export const segmentPrefixes = prefixFile

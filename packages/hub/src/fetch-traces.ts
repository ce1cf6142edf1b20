/** Fetches the traces of a model from the study's data set, or another of the same layout. */
import { formatBytes, formatCount, Progress } from "@moira/core"
import { Effect } from "effect"
import type { HubFile, HubFolder } from "./contract.ts"
import { downloadFile } from "./download.ts"
import { HubError } from "./error.ts"
import { findFolder } from "./find-folder.ts"
import { Hub } from "./hub.ts"
import { clearLeftovers, freeBytes, isHere, partBytes } from "./local-file.ts"
import { readWanted } from "./wanted.ts"

/** The data set of the study (arXiv 2510.05497): one JSON file a request, `ORG/MODEL/BENCHMARK/SUBJECT/N.json`. */
export const studyTraces = "core12345/MoE_expert_selection_trace"

/** Files that come at the same time: enough to hide the latency of small files, few enough for the hub's rate limit. */
const parallel = 4

export interface FetchOptions {
  /** `MODEL[/BENCHMARK[/SUBJECT]]`; a catalogue name, alias or hub path. */
  readonly wanted: string
  /** `OWNER/NAME` of the data set. */
  readonly repo: string
  /** Branch, tag or commit. */
  readonly revision: string
  /** Where the data set's own folders are made. */
  readonly directory: string
  /** Most bytes that may come. */
  readonly maxBytes: number
}

/** What was fetched. */
export interface Fetched {
  readonly repo: string
  readonly commit: string
  /** The folder of the data set, and below `directory`. */
  readonly folder: string
  readonly files: number
  readonly bytes: number
  /** Files that were already here with the right checksum. */
  readonly already: number
  /** Bytes that came over the network in this run. */
  readonly receivedBytes: number
}

interface Missing {
  readonly file: HubFile
  /** Bytes that an earlier run left in a part file. */
  readonly here: number
}

const sum = (files: ReadonlyArray<HubFile>): number => files.reduce((bytes, file) => bytes + file.bytes, 0)

/** The files that are not here, and what is left of earlier tries. */
const missingFiles = Effect.fnUntraced(function* (directory: string, files: ReadonlyArray<HubFile>) {
  const report = yield* Progress
  const missing: Array<Missing> = []
  for (const [index, file] of files.entries()) {
    if (yield* isHere(directory, file)) yield* clearLeftovers(directory, file)
    else missing.push({ file, here: partBytes(directory, file) })
    report({ stage: "check files", done: index + 1, total: files.length, unit: "files" })
  }
  return missing
})

/** The folders directly below the one that was asked for, smallest first, with their sizes. */
const narrower = (folder: string, files: ReadonlyArray<HubFile>): string => {
  const sizes = new Map<string, number>()
  for (const { path, bytes } of files) {
    const rest = path.slice(folder.length + 1).split("/")
    if (rest.length > 1) sizes.set(rest[0]!, (sizes.get(rest[0]!) ?? 0) + bytes)
  }
  const smallest = [...sizes].toSorted((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 4)
  return smallest.map(([name, bytes]) => `${folder}/${name} (${formatBytes(bytes)})`).join(", ")
}

const counted = (files: number): string => `${formatCount(files)} ${files === 1 ? "file" : "files"}`

/** Fails before the first byte what is more than the cap or the disk. */
const checkRoom = Effect.fnUntraced(function* (
  folder: string,
  options: FetchOptions,
  missing: ReadonlyArray<Missing>
): Effect.fn.Return<void, HubError> {
  const files = missing.map(({ file }) => file)
  const bytes = missing.reduce((all, { file, here }) => all + file.bytes - here, 0)
  if (bytes > options.maxBytes) {
    const names = narrower(folder, files)
    return yield* new HubError({
      reason: "TooLarge",
      where: folder,
      what: `${counted(files.length)} of ${formatBytes(bytes)} (${bytes} bytes) are to come, more than --max-bytes ${options.maxBytes}`,
      hint: names === "" ? "raise --max-bytes" : `narrow the path, for example to ${names}, or raise --max-bytes`
    })
  }
  const free = freeBytes(options.directory)
  if (free === undefined || bytes <= free) return
  return yield* new HubError({
    reason: "DiskFull",
    where: options.directory,
    what: `${counted(files.length)} of ${formatBytes(bytes)} are to come, and ${formatBytes(free)} are free`,
    hint: "free some space, or fetch less"
  })
})

/** Downloads what is missing, some files at a time; progress counts the bytes that come in this run. */
const download = Effect.fnUntraced(function* (place: HubFolder, directory: string, missing: ReadonlyArray<Missing>) {
  const report = yield* Progress
  let received = 0
  let total = missing.reduce((all, { file, here }) => all + file.bytes - here, 0)
  const watcher = {
    came: (bytes: number) => {
      received += bytes
      report({ stage: "fetch", done: received, total, unit: "B" })
    },
    dropped: (bytes: number) => {
      total += bytes
    }
  }
  yield* Effect.forEach(missing, ({ file }) => downloadFile(place, file, directory, watcher), {
    concurrency: parallel,
    discard: true
  })
  return received
})

/**
 * Lists a folder of the data set at one commit and fetches every file that is not here yet. Asks the network for
 * nothing but the list where all is here.
 */
export const fetchTraces = Effect.fn("ingest.fetchTraces")(function* (options: FetchOptions) {
  const { repo, revision, directory } = options
  const wanted = yield* readWanted(options.wanted)
  const hub = yield* Hub
  const commit = yield* hub.commit(repo, revision)
  const { place, files } = yield* findFolder({ repo, commit, folder: "" }, wanted)
  const missing = yield* missingFiles(directory, files)
  yield* checkRoom(place.folder, options, missing)
  const receivedBytes = yield* download(place, directory, missing)
  const fetched: Fetched = {
    repo,
    commit,
    folder: place.folder,
    files: files.length,
    bytes: sum(files),
    already: files.length - missing.length,
    receivedBytes
  }
  return fetched
})

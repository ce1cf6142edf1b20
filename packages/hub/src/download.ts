/** One file of a data set, fetched whole or not at all, going on where an earlier try stopped. */
import { Effect, type Scope } from "effect"
import type { HubBody, HubFile, HubFolder } from "./contract.ts"
import { badAnswer, contested, diskProblem, HubError, networkProblem } from "./error.ts"
import { Hub } from "./hub.ts"
import { orCut } from "./http.ts"
import { clearLeftovers, isHere, localPath } from "./local-file.ts"
import { openPart, type PartFile } from "./part-file.ts"
import { withRetries } from "./retry.ts"

/** Told of bytes that came, and of bytes here that had to be dropped and must come again. */
export interface DownloadWatcher {
  readonly came: (bytes: number) => void
  readonly dropped: (bytes: number) => void
}

interface Download {
  readonly place: HubFolder
  readonly file: HubFile
  readonly part: PartFile
  readonly watcher: DownloadWatcher
  readonly target: string
}

const onDisk = <A>({ target }: Download, write: () => A) => Effect.try({ try: write, catch: diskProblem(target) })

const startOver = Effect.fnUntraced(function* (download: Download, tag: string | undefined) {
  const { part, watcher } = download
  watcher.dropped(part.length)
  yield* onDisk(download, () => part.begin(tag))
})

/** Opens the rest of the file, or all of it where the rest cannot be had. */
const openRest = Effect.fnUntraced(function* (
  download: Download
): Effect.fn.Return<HubBody, HubError, Hub | Scope.Scope> {
  const { place, file, part } = download
  const hub = yield* Hub
  const resume = part.resume
  const body =
    (yield* hub.open(place, file, resume)) ??
    (resume === undefined ? undefined : yield* hub.open(place, file, undefined))
  if (body === undefined || (body.offset > 0 && body.offset !== resume?.offset))
    return yield* badAnswer(file.path, "the hub sends another part than the one asked for")
  if (body.offset === 0) yield* startOver(download, body.tag)
  else part.pieced = true
  return body
})

const tooMuch = (file: HubFile) =>
  new HubError({
    reason: "WrongHash",
    where: file.path,
    what: `the hub sends more than the ${file.bytes} bytes that it lists`,
    hint: "nothing was kept; run the same command again, and tell the owner of the data set if it stays"
  })

/** One connection: whatever it brings is on disk when it is lost. */
const pump = Effect.fnUntraced(function* (download: Download) {
  const { file, part, watcher } = download
  const body = yield* openRest(download)
  const reader = body.content.getReader()
  for (;;) {
    const read = Effect.tryPromise({ try: () => reader.read(), catch: networkProblem(file.path) })
    const next = yield* orCut(read, file.path)
    if (next.done) break
    if (part.length + next.value.length > file.bytes) yield* tooMuch(file)
    yield* onDisk(download, () => part.append(next.value))
    watcher.came(next.value.length)
  }
  const lacking = file.bytes - part.length
  if (lacking > 0) yield* networkProblem(file.path)(new Error(`${lacking} bytes did not come`))
}, Effect.scoped)

/** Connects until every byte is here. A connection that gets further than any before it is no failure in a row. */
const fill = Effect.fnUntraced(function* (download: Download) {
  const { file, part } = download
  let furthest = part.length
  const once = Effect.suspend(() => (part.length === file.bytes ? Effect.void : pump(download)))
  yield* withRetries(file.path, once, () => (furthest = Math.max(furthest, part.length)))
})

const wrongHash = ({ file }: Download) =>
  new HubError({
    reason: "WrongHash",
    where: file.path,
    what: `what came is not the file that is listed (${file.checksum.algorithm} ${file.checksum.hex})`,
    hint: "nothing was kept; run the same command again, and tell the owner of the data set if it stays"
  })

/**
 * Fetches `file` to its place below `directory`. It appears under its name when its checksum is right; until then the
 * bytes are in a part file, which stays on interruption and failure, except that wrong bytes are removed.
 */
export const downloadFile = Effect.fnUntraced(function* (
  place: HubFolder,
  file: HubFile,
  directory: string,
  watcher: DownloadWatcher
) {
  const target = localPath(directory, file)
  const part = yield* openPart(target, file)
  watcher.dropped(part.rejected)
  const download = { place, file, part, watcher, target }
  const removeWrong = <A, R>(self: Effect.Effect<A, HubError, R>) =>
    Effect.tapError(self, (error) => (error.reason === "WrongHash" ? Effect.sync(() => part.discard()) : Effect.void))
  const filled = Effect.gen(function* () {
    yield* fill(download)
    // Pieces of different origin may not fit together: once more, in one piece.
    if (!part.isRight && part.pieced) {
      yield* startOver(download, undefined)
      yield* fill(download)
    }
    if (!part.isRight) yield* wrongHash(download)
  })
  yield* removeWrong(filled)
  yield* Effect.callback<void, HubError>((resume) =>
    part.flush((error) => resume(error === null ? Effect.void : Effect.fail(diskProblem(target)(error))))
  )
  const named = yield* onDisk(download, () => part.commit())
  if (named) return
  // Another process may have put the same file there.
  yield* (yield* isHere(directory, file)) ? clearLeftovers(directory, file) : contested(target)
}, Effect.scoped)

/** Reads everything that a store holds and holds it against everything that the store says of itself. */
import { choosableIds, Progress } from "@moira/core"
import { Effect } from "effect"
import { createHash, hash, type Hash } from "node:crypto"
import * as fs from "node:fs"
import { isDeepStrictEqual } from "node:util"
import type { Manifest } from "../manifest.ts"
import { type CountedSpan, OverviewCounts } from "../overview-counts.ts"
import { BadParquet } from "../parquet/bad-parquet.ts"
import { type RequestRow, storedTokens } from "../requests.ts"
import { missingExpert } from "../selections.ts"
import { StoreError } from "../store.ts"
import { corrupt } from "./corrupt.ts"
import { addContent } from "./counts/write-counts.ts"
import { openCounts } from "./counts/open-counts.ts"
import { isStoreOf, countsKind } from "./kinds-of-store.ts"
import { openOverview } from "./overview-file.ts"
import { openParts } from "./parquet-store.ts"
import { readIds, readNumbers } from "./parquet/file-reader.ts"
import type { Group } from "./parquet/group.ts"

/** What a check found. */
export interface StoreCheck {
  readonly holds: "trace" | "counts"
  readonly requests: number
  /** Row groups of selections, or workloads of counts, that were read. */
  readonly read: number
  /** What is not as it was written, with its place; empty where all is right. */
  readonly problems: ReadonlyArray<StoreError>
}

/** Problems that are told before a check stops: a store that is wrong everywhere need not be read to its end. */
const mostProblems = 20
const groupsPerTurn = 64

/** Requests whose layers are being read: the hash of their ids so far, and how many layers it has. */
type Under = Map<number, { readonly hash: Hash; layers: number }>

/** Compares each value of a column with what the requests say that it is. */
const wrongNumber = (found: Int32Array, expected: (row: number) => number): number =>
  found.findIndex((n, row) => n !== expected(row))

/** Goes over the groups of a store, in file order. */
class Walk {
  readonly #fd: number
  readonly #manifest: Manifest
  readonly #rows: ReadonlyArray<RequestRow>
  readonly #under: Under = new Map()
  readonly #lost = new Set<number>()
  readonly counts: OverviewCounts
  #missing = 0
  #zero = 0
  #ids = new Uint16Array(0)

  constructor(fd: number, manifest: Manifest, rows: ReadonlyArray<RequestRow>) {
    this.#fd = fd
    this.#manifest = manifest
    this.#rows = rows
    this.counts = new OverviewCounts(manifest.model, manifest.layers.length)
  }

  /** Throws `BadParquet` where the group is not what the requests say. */
  group(group: Group): void {
    const { model, layers } = this.#manifest
    this.#columns(group)
    if (this.#ids.length < group.values) this.#ids = new Uint16Array(group.values)
    const ids = this.#ids.subarray(0, group.values)
    readIds(this.#fd, group, choosableIds(model), ids, 0)
    for (let i = 0; i < ids.length; i++) {
      if (ids[i] === missingExpert) this.#missing++
      else if (ids[i]! >= model.experts) this.#zero++
    }
    const index = layers.indexOf(group.layer)
    const spans: Array<CountedSpan> = []
    let at = 0
    for (let r = group.from; r <= group.to; r++) {
      const { benchmark, repeatedTokens, prefillTokens, decodeTokens } = this.#rows[r]!
      const prefill = at + repeatedTokens * model.topK
      const decode = prefill + prefillTokens * model.topK
      const end = decode + decodeTokens * model.topK
      spans.push({ task: benchmark, prefill, decode, end })
      this.#hash(r, index, ids.subarray(at, end), group)
      at = end
    }
    this.counts.addLayer(index, ids, spans)
  }

  /** Leaves out what a group that cannot be read would have told of its requests. */
  giveUp(group: Group): void {
    for (let r = group.from; r <= group.to; r++) {
      this.#under.delete(r)
      this.#lost.add(r)
    }
  }

  #columns(group: Group): void {
    const request = new Int32Array(group.rows)
    const pos = new Int32Array(group.rows)
    let row = 0
    for (let r = group.from; r <= group.to; r++)
      for (let token = storedTokens(this.#rows[r]!), t = 0; t < token; t++, row++) {
        request[row] = r
        pos[row] = t
      }
    const expected = [() => group.layer, (i: number) => request[i]!, (i: number) => pos[i]!] as const
    const names = ["layer", "request", "pos"] as const
    for (const column of [0, 1, 2] as const) {
      const wrong = wrongNumber(readNumbers(this.#fd, group, column), expected[column])
      if (wrong >= 0)
        throw new BadParquet(
          `${names[column]} of row ${wrong} is not that of its request`,
          group.columns[column].offset
        )
    }
  }

  #hash(r: number, layer: number, ids: Uint16Array, group: Group): void {
    if (ids.length === 0 || this.#lost.has(r)) return
    const under = this.#under.get(r) ?? { hash: createHash("sha256"), layers: 0 }
    if (under.layers !== layer)
      throw new BadParquet(`layers of request ${r} are out of their order`, group.columns[3].offset)
    under.hash.update(ids)
    under.layers++
    this.#under.set(r, under)
    if (under.layers < this.#manifest.layers.length) return
    this.#under.delete(r)
    if (under.hash.digest("hex") !== this.#rows[r]!.sha256)
      throw new BadParquet(
        `the ids of request ${r} (${this.#rows[r]!.source}) are not those of its digest`,
        group.columns[3].offset
      )
  }

  /** What is wrong with the sums over all groups. */
  end(): ReadonlyArray<string> {
    const { counts } = this.#manifest
    const empty = hash("sha256", new Uint8Array(0))
    const odd = this.#rows.findIndex((row) => storedTokens(row) === 0 && row.sha256 !== empty)
    return [
      ...(odd >= 0 ? [`request ${odd} has no tokens, but a digest of some`] : []),
      ...(this.#missing === counts.missingIds
        ? []
        : [`${this.#missing} ids are missing, the manifest says ${counts.missingIds}`]),
      ...(this.#zero === (counts.zeroIds ?? 0)
        ? []
        : [`${this.#zero} ids are of zero experts, the manifest says ${counts.zeroIds ?? 0}`])
    ]
  }
}

const checkTrace = Effect.fnUntraced(function* (directory: string) {
  const { manifest, requests, groups, file, fd } = yield* openParts(directory)
  const problems: Array<StoreError> = []
  const report = yield* Progress
  const walk = new Walk(fd, manifest, requests)
  const found = (where: string, cause: unknown) => void problems.push(corrupt(where)(cause))
  const magic = new Uint8Array(4)
  fs.readSync(fd, magic, 0, 4, 0)
  if (new TextDecoder().decode(magic) !== "PAR1") found(file, new BadParquet("it does not begin as Parquet does", 0))
  let read = 0
  for (const group of groups) {
    try {
      walk.group(group)
    } catch (cause) {
      walk.giveUp(group)
      found(file, cause)
    }
    if (++read % groupsPerTurn === 0 || read === groups.length) {
      report({ stage: "check", done: read, total: groups.length, unit: "row groups" })
      yield* Effect.yieldNow
    }
    if (problems.length >= mostProblems) break
  }
  // Sums mean something only where everything that they are of could be read.
  if (problems.length === 0) for (const what of walk.end()) found(directory, new Error(what))
  const overview = yield* Effect.result(openOverview(directory, manifest))
  if (overview._tag === "Failure") problems.push(overview.failure)
  else if (problems.length === 0 && !isDeepStrictEqual(overview.success.counts, walk.counts.of(overview.success.tasks)))
    found(`${directory}/${manifest.files.overview}`, new Error("its counts are not those of the selections"))
  return { holds: "trace", requests: requests.length, read, problems } as const
}, Effect.scoped)

const checkCounts = Effect.fnUntraced(function* (directory: string) {
  const reader = yield* openCounts(directory)
  const content = createHash("sha256")
  const problems: Array<StoreError> = []
  for (const { workload } of reader.manifest.workloads) {
    const counts = yield* Effect.result(reader.read(workload))
    if (counts._tag === "Failure") problems.push(counts.failure)
    else addContent(content, counts.success)
  }
  if (problems.length === 0 && content.digest("hex") !== reader.manifest.contentSha256)
    problems.push(corrupt(directory)(new Error("`contentSha256` of the manifest is not that of the counts")))
  return { holds: "counts", requests: 0, read: reader.manifest.workloads.length, problems } as const
})

/**
 * Reads all of a store: every page of every table, the digest of every request, and the counts beside them. What is wrong is listed;
 * a store that cannot even be opened has that as its one problem. Fails only with `NotFound` and `NotAStore`.
 */
export const checkStore = (directory: string): Effect.Effect<StoreCheck, StoreError> => {
  const holds = isStoreOf(directory, countsKind) ? "counts" : "trace"
  const check: Effect.Effect<StoreCheck, StoreError> =
    holds === "counts" ? checkCounts(directory) : checkTrace(directory)
  return check.pipe(
    Effect.catchIf(
      ({ reason }) => reason !== "NotFound" && reason !== "NotAStore",
      (error) => Effect.succeed<StoreCheck>({ holds, requests: 0, read: 0, problems: [error] })
    )
  )
}

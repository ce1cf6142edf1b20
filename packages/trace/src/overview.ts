/**
 * What a store's overview holds: how often each expert was chosen at each layer, by task and phase. It lies beside the selections, so
 * that a page or a listing shows a store of many GB from some 100 kB.
 */
import { choosableIds, sha256 } from "@moira/core"
import type { Manifest } from "./manifest.ts"
import { maxTasks } from "./overview-counts.ts"
import { codecs, type ColumnValues, pageValues, type TableColumn, tableGroups } from "./parquet/table.ts"

/** Counts of all selections of a store that are load: those of repeated rows and holes are not among them. */
export interface Overview {
  /** Benchmarks in the order of their first requests, or one empty name for all where there are more than 64. */
  readonly tasks: ReadonlyArray<string>
  /** Real layer numbers. */
  readonly layers: ReadonlyArray<number>
  /** Ids that the model may choose: its experts, then those that do no work. */
  readonly ids: number
  /** `[task][phase][layer][id]`; prefill, then decode. */
  readonly counts: Float64Array
}

export const overviewColumns: ReadonlyArray<TableColumn> = [
  { name: "benchmark", type: "text" },
  { name: "phase", type: "text" },
  { name: "layer", type: "int32" },
  { name: "expert", type: "int32" },
  { name: "count", type: "int64" }
]

const phases = ["prefill", "decode"] as const

/** An overview as the columns of its table; counts of zero have no row. */
export const overviewTable = ({ tasks, layers, ids, counts }: Overview): ReadonlyArray<ColumnValues> => {
  const rows = counts.reduce((n, count) => n + (count === 0 ? 0 : 1), 0)
  const [task, phase]: [Array<string>, Array<string>] = [[], []]
  const [layer, expert, times] = [new Float64Array(rows), new Float64Array(rows), new Float64Array(rows)]
  let row = 0
  counts.forEach((n, i) => {
    if (n === 0) return
    const ofLayer = Math.floor(i / ids)
    const ofPhase = Math.floor(ofLayer / layers.length)
    task.push(tasks[ofPhase >> 1]!)
    phase.push(phases[ofPhase & 1]!)
    layer[row] = layers[ofLayer % layers.length]!
    expert[row] = i % ids
    times[row++] = n
  })
  return [task, phase, layer, expert, times]
}

/** Puts the rows of one group of the table into `counts`; throws where they are not rows of it in their order. */
const placeRows = (overview: Overview, values: ReadonlyArray<ColumnValues>, from: number): number => {
  const { tasks, layers, ids, counts } = overview
  const [task, phase] = values as unknown as [ReadonlyArray<string>, ReadonlyArray<string>]
  const [, , layer, expert, count] = values as unknown as ReadonlyArray<Float64Array>
  const taskAt = new Map(tasks.map((name, t) => [name, t]))
  const layerAt = new Map(layers.map((real, l) => [real, l]))
  let last = from
  for (let row = 0; row < count!.length; row++) {
    const [t, p, l] = [taskAt.get(task[row]!), phases.indexOf(phase[row] as "decode"), layerAt.get(layer![row]!)]
    const [id, n] = [expert![row]!, count![row]!]
    const at = t === undefined || l === undefined ? -1 : ((2 * t + p) * layers.length + l) * ids + id
    if (p < 0 || id < 0 || id >= ids || at <= last || !(Number.isSafeInteger(n) && n > 0))
      throw new RangeError(`row ${row} of a group is out of place`)
    counts[at] = n
    last = at
  }
  return last
}

/** An overview from the bytes of its file. `unpack` gives the body of a page, of exactly that many bytes. Throws where it is none of this store. */
const decodeOverview = async (
  manifest: Manifest,
  tasks: ReadonlyArray<string>,
  bytes: Uint8Array,
  unpack: (body: Uint8Array, plainBytes: number) => Uint8Array | Promise<Uint8Array>
): Promise<Overview> => {
  if (sha256(bytes) !== manifest.seals?.overviewSha256)
    throw new Error("it does not belong to this manifest: it was replaced, cut or changed after it was written")
  const { layers, model } = manifest
  const ids = choosableIds(model)
  const counts = new Float64Array(2 * tasks.length * layers.length * ids)
  const overview: Overview = { tasks, layers, ids, counts }
  let last = -1
  for (const { rows, pages } of tableGroups(bytes, overviewColumns, codecs.gzip)) {
    const values: Array<ColumnValues> = []
    for (const [i, page] of pages.entries()) {
      // One page after the other, so that memory holds one.
      // oxlint-disable-next-line no-await-in-loop
      const plain = await unpack(page.body, page.plainBytes)
      values.push(pageValues(page, overviewColumns[i]!.type, rows, plain))
    }
    last = placeRows(overview, values, last)
  }
  return overview
}

/** Unpacks with what browsers and Node both have; stops as soon as there is more than there may be. */
const gunzip = async (body: Uint8Array, plainBytes: number): Promise<Uint8Array> => {
  const out = new Uint8Array(plainBytes)
  const stream = new Blob([body.slice()]).stream().pipeThrough(new DecompressionStream("gzip"))
  const reader = stream.getReader()
  for (let at = 0; ;) {
    // A stream gives its parts one after the other.
    // oxlint-disable-next-line no-await-in-loop
    const { done, value } = await reader.read()
    if (done) {
      if (at === plainBytes) return out
      throw new RangeError(`a page unpacks to ${at} bytes where its header says ${plainBytes}`)
    }
    if (at + value.length > plainBytes) {
      void reader.cancel()
      throw new RangeError(`a page unpacks to more than the ${plainBytes} bytes that its header says`)
    }
    out.set(value, at)
    at += value.length
  }
}

/** The tasks of a store as its manifest tells them. */
export const manifestTasks = ({ groups }: Manifest): ReadonlyArray<string> => {
  const tasks = [...new Set(groups.map(({ benchmark }) => benchmark))]
  return tasks.length > maxTasks ? [""] : tasks
}

/**
 * The overview of a store from its manifest and the bytes of its `overview.parquet`; runs in browsers too. Rejects where the
 * bytes are not those that were written with this manifest.
 */
export const readOverview = (manifest: Manifest, bytes: Uint8Array): Promise<Overview> =>
  decodeOverview(manifest, manifestTasks(manifest), bytes, gunzip)

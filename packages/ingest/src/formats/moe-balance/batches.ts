/** Batches in JSON lines `{layer, batch_id, origin_rows [row], topk_experts [row][k]}`: one or more lines a layer. */
import type { Model } from "@moira/core"
import { ContentFault } from "../../fault/content-fault.ts"
import { JsonCursor } from "../../codecs/json/cursor.ts"
import { readIdRows } from "../../codecs/json/id-rows.ts"
import { maxDocumentBytes, withLine } from "../../codecs/json-lines/documents.ts"
import { isBlank, type Line, linesOf } from "../../codecs/json-lines/lines.ts"
import { maxHeldBytes } from "../../codecs/bytes/read-bounded.ts"
import { GrowingIds } from "../../codecs/bytes/growing-ids.ts"
import { byLayer, type StridedIds } from "../../parts/layer-major.ts"
import { type LayerPlaces, layersOf, placesByNumber } from "../../parts/layers.ts"

interface Part {
  readonly batch: string
  readonly layer: number
  readonly rows: ReadonlyArray<number>
  readonly topK: number
  readonly ids: Int32Array
  readonly place: string
}

export interface Batch {
  readonly id: string
  readonly topK: number
  readonly layers: ReadonlyMap<number, ReadonlyArray<Part>>
  /** Of the batch's last record. */
  readonly place: string
}

const readPart = ({ bytes, at, number }: Line): Part => {
  const cursor = new JsonCursor(bytes, 0, bytes.length, at)
  const ids = new GrowingIds()
  const rows: Array<number> = []
  let [batch, layer, hasRows] = [undefined as string | undefined, -1, false]
  let shape: { readonly rows: number; readonly topK: number } | undefined
  cursor.object((key) => {
    if (key === "layer") layer = cursor.count()
    else if (key === "batch_id") batch = cursor.kind() === "string" ? cursor.string() : String(cursor.count())
    else if (key === "origin_rows") {
      cursor.list(() => rows.push(cursor.count()))
      hasRows = true
    } else if (key === "topk_experts") shape = readIdRows(cursor, ids)
    else cursor.skip()
  })
  cursor.finish()
  if (shape === undefined || batch === undefined || layer < 0 || !hasRows)
    throw new ContentFault("WrongShape", `byte ${at}`, "the record lacks layer, batch_id, origin_rows or topk_experts")
  if (rows.length !== shape.rows)
    throw new ContentFault("Ragged", `byte ${at}`, `${rows.length} origin_rows, but ${shape.rows} topk_experts`)
  return { batch, layer, rows, topK: shape.topK, ids: ids.view(), place: `line ${number}, byte ${at}` }
}

const finished = (id: string, layers: Map<number, Array<Part>>): Batch | undefined => {
  const parts = [...layers.values()].flat()
  const filled = parts.find((part) => part.rows.length > 0)
  if (filled === undefined) return undefined
  return { id, topK: filled.topK, layers, place: parts.at(-1)!.place }
}

/** Yields the batches of a file, whose records must lie together. Throws `ContentFault`. */
export function* batchesOf(file: string): Generator<Batch, undefined> {
  let layers = new Map<number, Array<Part>>()
  let current: string | undefined
  let held = 0
  let batches = 0
  const done = new Set<string>()
  for (const line of linesOf(file, maxDocumentBytes)) {
    if (isBlank(line.bytes)) continue
    const part = withLine(line.number, () => readPart(line))
    if (current !== undefined && part.batch !== current) {
      const batch = finished(current, layers)
      if (batch !== undefined) {
        batches++
        yield batch
      }
      done.add(current)
      layers = new Map()
      held = 0
    }
    if (done.has(part.batch))
      throw new ContentFault(
        "Malformed",
        part.place,
        `batch ${part.batch} comes again after others`,
        "sort the lines by batch_id; one batch is held in memory"
      )
    current = part.batch
    held += part.ids.byteLength + 8 * part.rows.length
    if (held > maxHeldBytes)
      throw new ContentFault("WrongShape", part.place, `batch ${current} is more than is held in memory`)
    const parts = layers.get(part.layer)
    if (parts === undefined) layers.set(part.layer, [part])
    else parts.push(part)
  }
  const batch = current === undefined ? undefined : finished(current, layers)
  if (batch !== undefined) yield batch
  else if (batches === 0) throw new ContentFault("Truncated", "byte 0", "the file holds no token")
}

/** Numbers the rows of a layer as tokens, ascending; each row once. */
const tokenOf = (parts: ReadonlyArray<Part>): ReadonlyMap<number, number> => {
  const rows = parts.flatMap((part) => part.rows).toSorted((a, b) => a - b)
  const twice = rows.findIndex((row, i) => i > 0 && row === rows[i - 1])
  if (twice >= 0)
    throw new ContentFault(
      "Malformed",
      `${parts.at(-1)!.place}, layer ${parts[0]!.layer}`,
      `origin row ${rows[twice]} comes twice in batch ${parts[0]!.batch}`
    )
  return new Map(rows.map((row, token) => [row, token]))
}

/** The ids of a batch with where its layers belong. Throws `ContentFault`. */
export const batchSource = (
  batch: Batch,
  model: Model
): { readonly source: StridedIds; readonly places: LayerPlaces } => {
  const byNumber = placesByNumber(model, batch.layers.keys())
  if (byNumber === undefined)
    throw new ContentFault(
      "WrongShape",
      batch.place,
      `batch ${batch.id} ends with ${batch.layers.size} layers, where ${layersOf(model)}`,
      "the file is cut short or not of this model"
    )
  const ordered = [...byNumber.keys()].map((layer) => batch.layers.get(layer)!)
  const tokens = tokenOf(ordered[0]!)
  const { topK } = batch
  const values = new Int32Array(tokens.size * ordered.length * topK)
  ordered.forEach((parts, layer) => {
    const ragged = (part: Part, what: string) =>
      new ContentFault("Ragged", `${part.place}, layer ${part.layer}`, `batch ${batch.id}: ${what}`)
    const count = tokenOf(parts).size
    if (count !== tokens.size) throw ragged(parts.at(-1)!, `${count} rows where the first layer has ${tokens.size}`)
    for (const part of parts) {
      if (part.rows.length > 0 && part.topK !== topK) throw ragged(part, `rows of ${part.topK} ids, not ${topK}`)
      part.rows.forEach((row, i) => {
        const token = tokens.get(row)
        if (token === undefined) throw ragged(part, `origin row ${row} is not in the first layer`)
        values.set(part.ids.subarray(i * topK, (i + 1) * topK), (layer * tokens.size + token) * topK)
      })
    }
  })
  const place = (_: number, layer: number) => ordered[layer]![0]!.place
  const source = byLayer({ values, tokens: tokens.size, layers: ordered.length, topK, place })
  return { source, places: Int32Array.from(byNumber.values()) }
}

/** Forward passes in the records of Megatron-LM's router tracer. */
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

interface LayerRecord {
  readonly rank: number
  readonly step: number
  readonly layer: number
  readonly tokens: number
  readonly topK: number
  /** How many ids it has. */
  readonly count: number
  /** False for a block of multi-token prediction, whose layers are numbered anew. */
  readonly ofDecoder: boolean
  readonly place: string
}

/** One pass of a batch through all layers. */
export interface Pass {
  readonly rank: number
  readonly step: number
  /** Counts passes of the same step, such as micro-batches, from 0. */
  readonly repeat: number
  readonly tokens: number
  readonly topK: number
  /** By layer number, in the order of the file. */
  readonly layers: ReadonlyMap<number, LayerRecord>
  /** `[layer][token][k]`, layers in the order of the file. */
  readonly ids: Int32Array
  /** Of the pass's last record. */
  readonly place: string
}

/** Reads a record; its ids go to the end of `ids`. */
const readRecord = ({ bytes, at, number }: Line, ids: GrowingIds): LayerRecord => {
  const cursor = new JsonCursor(bytes, 0, bytes.length, at)
  const before = ids.length
  let shape: { readonly rows: number; readonly topK: number } | undefined
  let [rank, step, layer, announced, topK] = [-1, -1, -1, -1, -1]
  let ofDecoder = true
  cursor.object((key) => {
    if (key === "rank") rank = cursor.count()
    else if (key === "step") step = cursor.count()
    else if (key === "layer") layer = cursor.count()
    else if (key === "num_tokens") announced = cursor.count()
    else if (key === "topk") topK = cursor.count()
    else if (key === "block" && cursor.kind() === "string") ofDecoder = cursor.string() !== "mtp"
    else if (key === "top_indices") shape = readIdRows(cursor, ids)
    else cursor.skip()
  })
  cursor.finish()
  const place = `line ${number}, byte ${at}`
  const wrong = (what: string) => new ContentFault("WrongShape", `byte ${at}`, what)
  if (shape === undefined || rank < 0 || step < 0 || layer < 0 || announced < 0)
    throw wrong("the record lacks rank, step, layer, num_tokens or top_indices")
  if (announced !== shape.rows) throw wrong(`${shape.rows} rows of top_indices where num_tokens says ${announced}`)
  if (topK >= 0 && shape.rows > 0 && topK !== shape.topK)
    throw wrong(`rows of ${shape.topK} ids where topk says ${topK}`)
  return { rank, step, layer, tokens: shape.rows, topK: shape.topK, count: ids.length - before, ofDecoder, place }
}

/** Adds a record to the pass that is being collected; both must have the same tokens. */
const addTo = (layers: Map<number, LayerRecord>, record: LayerRecord): void => {
  const [first] = layers.values()
  if (first !== undefined && (first.tokens !== record.tokens || first.topK !== record.topK))
    throw new ContentFault(
      "Ragged",
      `${record.place}, layer ${record.layer}`,
      `${record.tokens} rows of ${record.topK} ids, layer ${first.layer} of the same step has ${first.tokens} of ${first.topK}`
    )
  const held = (layers.size + 1) * record.count * Int32Array.BYTES_PER_ELEMENT
  if (held > maxHeldBytes)
    throw new ContentFault("WrongShape", record.place, `step ${record.step} is more than is held in memory`)
  layers.set(record.layer, record)
}

/** Yields the passes of a file. A layer that comes again in a step starts the next pass. Throws `ContentFault`. */
export function* passesOf(file: string): Generator<Pass, undefined> {
  let layers = new Map<number, LayerRecord>()
  let ids = new GrowingIds()
  let repeat = 0
  let passes = 0
  const finished = (): Pass | undefined => {
    const [first] = layers.values()
    const last = [...layers.values()].at(-1)
    if (first === undefined || first.tokens === 0) return undefined
    const { rank, step, tokens, topK } = first
    return { rank, step, repeat, tokens, topK, layers, ids: ids.view(), place: last!.place }
  }
  for (const line of linesOf(file, maxDocumentBytes)) {
    if (isBlank(line.bytes)) continue
    const before = ids.length
    const record = withLine(line.number, () => readRecord(line, ids))
    if (!record.ofDecoder) {
      ids.length = before
      continue
    }
    const [first] = layers.values()
    const sameStep = first !== undefined && first.rank === record.rank && first.step === record.step
    if (first !== undefined && (!sameStep || layers.has(record.layer))) {
      const own = ids.view().subarray(before)
      ids.length = before
      const pass = finished()
      if (pass !== undefined) {
        passes++
        yield pass
      }
      layers = new Map()
      ids = new GrowingIds()
      ids.append(own)
      repeat = sameStep ? repeat + 1 : 0
    }
    addTo(layers, record)
  }
  const pass = finished()
  if (pass !== undefined) yield pass
  else if (passes === 0) throw new ContentFault("Truncated", "byte 0", "the file holds no token")
}

/** The ids of a pass with where its layers belong. Throws `ContentFault`. */
export const passSource = (
  { layers, ids, tokens, topK, step, place }: Pass,
  model: Model
): { readonly source: StridedIds; readonly places: LayerPlaces } => {
  const byNumber = placesByNumber(model, layers.keys())
  if (byNumber === undefined)
    throw new ContentFault(
      "WrongShape",
      place,
      `step ${step} ends with ${layers.size} layers, where ${layersOf(model)}`,
      "the file is cut short, not of this model, or of one stage of a pipeline"
    )
  const records = [...layers.values()]
  const placeOf = (_: number, layer: number) => records[layer]!.place
  const source = byLayer({ values: ids, tokens, layers: records.length, topK, place: placeOf })
  return { source, places: Int32Array.from(records, ({ layer }) => byNumber.get(layer)!) }
}

/** All requests in one `.npz`: `experts [token, layer, k]`, `offsets [request + 1]`, and labels in `requests.json`. */
import type { Model } from "@moira/core"
import * as fs from "node:fs"
import * as path from "node:path"
import { benchmarkLanguage } from "../../parts/benchmarks.ts"
import { besideFault, ContentFault } from "../../fault/content-fault.ts"
import { JsonCursor } from "../../codecs/json/cursor.ts"
import type { LabelledFile } from "../../parts/layout.ts"
import { isIntegerType } from "../../codecs/npy/npy.ts"
import { openNpz } from "../../codecs/npy/npz.ts"
import { readBounded } from "../../codecs/bytes/read-bounded.ts"
import { recordOf } from "../../parts/by-record.ts"
import type { Decoded } from "../../source.ts"
import { labelsOf } from "../../parts/labels.ts"
import { byToken, layerMajor } from "../../parts/layer-major.ts"

/** The table of a pack's requests, which lies beside it. */
export const tableName = "requests.json"

export interface Pack {
  /** `[token][layer][k]`. */
  readonly experts: ArrayLike<number> & { subarray(from: number, to: number): ArrayLike<number> }
  readonly layers: number
  readonly topK: number
  /** `[request + 1]` first token of each request. */
  readonly offsets: ArrayLike<number>
}

const wrong = (place: string, what: string) => new ContentFault("WrongShape", place, what)

/** Reads a pack; of its probabilities nothing is unpacked. Throws `ContentFault`. */
export const openPack = (file: string): Pack => {
  const npz = openNpz(readBounded(file))
  const { header, values } = npz.array("experts")
  const offsets = npz.array("offsets")
  const [tokens, layers, topK] = header.shape
  if (!isIntegerType(header.type) || header.shape.length !== 3)
    throw wrong(
      "array experts, byte 0",
      `(${header.shape.join(", ")}) of ${header.type}, not integers [token, layer, k]`
    )
  if (!isIntegerType(offsets.header.type) || offsets.header.shape.length !== 1 || offsets.values.length < 2)
    throw wrong("array offsets, byte 0", "not a list of whole numbers, one more than requests")
  const at = (request: number) => `array offsets, byte ${offsets.header.dataAt + request * offsets.header.itemBytes}`
  const last = offsets.values.length - 1
  if (offsets.values[0] !== 0) throw wrong(at(0), "the first request does not start at token 0")
  if (offsets.values[last] !== tokens)
    throw wrong(at(last), `the last request ends at token ${offsets.values[last]} of ${tokens}`)
  for (let r = 0; r < last; r++)
    if (offsets.values[r + 1]! <= offsets.values[r]!) throw wrong(at(r + 1), `request ${r} has no token`)
  return { experts: values, layers: layers!, topK: topK!, offsets: offsets.values }
}

interface Row {
  readonly name: string | undefined
  readonly dataset: string | undefined
  readonly category: string | undefined
  readonly tokens: number | undefined
}

const readRow = (cursor: JsonCursor): Row => {
  const row: { -readonly [K in keyof Row]: Row[K] } = {
    name: undefined,
    dataset: undefined,
    category: undefined,
    tokens: undefined
  }
  cursor.object((key) => {
    if (key === "path") row.name = cursor.string()
    else if (key === "dataset") row.dataset = cursor.string()
    else if (key === "category") row.category = cursor.string()
    else if (key === "n_decode") row.tokens = cursor.count()
    else cursor.skip()
  })
  return row
}

/** The table beside a pack, if there is one. Throws `FileFault`, which names the table. */
const readTable = (pack: string, offsets: ArrayLike<number>): ReadonlyArray<Row> | undefined => {
  const file = path.join(path.dirname(pack), tableName)
  if (!fs.existsSync(file)) return undefined
  try {
    const cursor = new JsonCursor(readBounded(file))
    const rows: Array<Row> = []
    cursor.list((index) => {
      cursor.kind()
      const at = cursor.at
      const row = readRow(cursor)
      const tokens = (offsets[index + 1] ?? NaN) - offsets[index]!
      if (row.tokens !== undefined && row.tokens !== tokens)
        throw cursor.faultAt(
          "WrongShape",
          at,
          `request ${index} has ${row.tokens} tokens here and ${tokens} in ${pack}`
        )
      rows.push(row)
    })
    cursor.finish()
    if (rows.length !== offsets.length - 1)
      throw wrong("byte 0", `${rows.length} requests, where ${pack} has ${offsets.length - 1}`)
    return rows
  } catch (cause) {
    throw besideFault(file, cause)
  }
}

/** Yields the requests of a pack, all of them decode. Throws `ContentFault` or `FileFault`. */
export function* packedRequests(file: LabelledFile, model: Model): Generator<Decoded> {
  const { experts, layers, topK, offsets } = openPack(file.path)
  const table = readTable(file.path, offsets)
  const size = layers * topK
  for (let r = 0; r + 1 < offsets.length; r++) {
    const first = offsets[r]!
    const tokens = offsets[r + 1]! - first
    const values = experts.subarray(first * size, (first + tokens) * size)
    const place = (token: number) => `entry ${(first + token) * size} of experts, request ${r}`
    const row = table?.[r]
    const labels =
      row?.dataset === undefined
        ? labelsOf(file)
        : { benchmark: row.dataset, subject: row.category ?? "all", language: benchmarkLanguage(row.dataset) }
    const source = `${file.path}, request ${r}${row?.name === undefined ? "" : ` (${row.name})`}`
    yield recordOf(file.path, () => {
      const ids = layerMajor(byToken({ values, tokens, layers, topK, place }), model)
      return { ...labels, source, prefillTokens: 0, decodeTokens: tokens, ids }
    })
  }
}

/** True for the name of a pack of requests. */
export const isPack = (file: string) => file.endsWith(".npz")

/** One `routed_experts` field: nested lists, base64 of an `.npy` array or of flat 32-bit ids, or an object with a shape. */
import { ContentFault } from "../../fault/content-fault.ts"
import { GrowingIds } from "../../codecs/bytes/growing-ids.ts"
import { readBase64 } from "../../codecs/json/base64.ts"
import type { JsonCursor } from "../../codecs/json/cursor.ts"
import { readIdRows } from "../../codecs/json/id-rows.ts"
import { npyTypeOf, readElements, readNpy } from "../../codecs/npy/npy.ts"
import { byToken, type StridedIds } from "../layer-major.ts"
import { stridedOf } from "../npy-ids.ts"
import type { Routed } from "./response.ts"

/** What a base64 string without a shape holds: an `.npy` file, or 32-bit ids one after another. */
export type Packing = "npy" | "int32"

export interface RoutedField {
  readonly routed: Routed
  /** First token that has a row, where the field says so. */
  readonly start?: number
}

/** Lists `[token][layer][k]`. */
const readLists = (cursor: JsonCursor): StridedIds => {
  const ids = new GrowingIds()
  const tokenAt: Array<number> = []
  let [layers, topK] = [-1, -1]
  const tokens = cursor.list(() => {
    cursor.kind()
    const at = cursor.at
    tokenAt.push(cursor.base + at)
    const read = readIdRows(cursor, ids)
    if (layers < 0) [layers, topK] = [read.rows, read.topK]
    if (read.rows !== layers)
      throw cursor.faultAt("Ragged", at, `a token of ${read.rows} layers after tokens of ${layers}`)
    if (read.topK !== topK) throw cursor.faultAt("Ragged", at, `rows of ${read.topK} ids after rows of ${topK}`)
  })
  const first = cursor.base + cursor.at
  return byToken({
    values: ids.view(),
    tokens,
    layers: Math.max(layers, 0),
    topK: Math.max(topK, 0),
    place: (token) => `byte ${tokenAt[token] ?? first}`
  })
}

/** Runs `body` on decoded bytes, so that its faults name the field as well. */
const decoded = <A>(prefix: string, body: () => A): A => {
  try {
    return body()
  } catch (cause) {
    if (!(cause instanceof ContentFault) || cause.place.startsWith(prefix)) throw cause
    throw new ContentFault(cause.reason, `${prefix}${cause.place}`, cause.message, cause.hint)
  }
}

const flatIds = (cursor: JsonCursor, at: number, bytes: Uint8Array): Routed => {
  if (bytes.length % 4 !== 0)
    throw cursor.faultAt("Malformed", at, `routed_experts of ${bytes.length} bytes are no 32-bit integers`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const flat = Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i, true))
  return { flat, place: `byte ${cursor.base + at}` }
}

/** `{data, shape, dtype, start}`; without `dtype` the width of an id follows from bytes and shape. */
const readObject = (cursor: JsonCursor): RoutedField => {
  const at = cursor.at
  const prefix = `byte ${cursor.base + at}, decoded `
  let bytes: Uint8Array | undefined
  let shape: ReadonlyArray<number> | undefined
  let [dtype, start] = [undefined as string | undefined, undefined as number | undefined]
  cursor.object((key) => {
    if (key === "data") bytes = readBase64(cursor)
    else if (key === "shape") {
      const sizes: Array<number> = []
      cursor.list(() => sizes.push(cursor.count()))
      shape = sizes
    } else if (key === "dtype" && cursor.kind() === "string") dtype = cursor.string()
    else if (key === "start" && cursor.kind() === "number") start = cursor.count()
    else cursor.skip()
  })
  if (bytes === undefined || shape === undefined)
    throw cursor.faultAt("WrongShape", at, "routed_experts is an object without data and shape")
  const count = shape.reduce((product, size) => product * size, 1)
  const width = bytes.length / count
  const type = npyTypeOf(dtype ?? { 1: "uint8", 2: "int16", 4: "int32", 8: "int64" }[width] ?? "")
  if (type === undefined)
    throw cursor.faultAt(
      "Malformed",
      at,
      dtype === undefined
        ? `${bytes.length} bytes are no whole numbers of a shape (${shape.join(", ")})`
        : `dtype ${JSON.stringify(dtype.slice(0, 40))} is not read; integers of 8 to 64 bits are`
    )
  const header = { ...type, fortranOrder: false, shape, count, dataAt: 0 }
  if (count * type.itemBytes !== bytes.length)
    throw cursor.faultAt(
      count * type.itemBytes > bytes.length ? "Truncated" : "Malformed",
      at,
      `${bytes.length} bytes of data, where a shape (${shape.join(", ")}) of ${dtype ?? type.type} takes ${count * type.itemBytes}`
    )
  const data = bytes
  const routed = decoded(prefix, () => stridedOf({ header, values: readElements(header, data) }, prefix))
  return start === undefined ? { routed } : { routed, start }
}

/** The field's value; undefined where it is `null`. Throws `ContentFault`. */
export const readRouted = (cursor: JsonCursor, packing: Packing): RoutedField | undefined => {
  const kind = cursor.kind()
  if (kind === "null") {
    cursor.skip()
    return undefined
  }
  if (kind === "list") return { routed: readLists(cursor) }
  if (kind === "object") return readObject(cursor)
  const at = cursor.at
  const prefix = `byte ${cursor.base + at}, decoded `
  const bytes = readBase64(cursor)
  if (packing === "int32") return { routed: flatIds(cursor, at, bytes) }
  return { routed: decoded(prefix, () => stridedOf(readNpy(bytes), prefix)) }
}

/** One `routed_experts` field of a vLLM response: nested lists, or base64 of an `.npy` array. */
import { ContentFault } from "../../fault/content-fault.ts"
import { readBase64 } from "../../codecs/json/base64.ts"
import type { JsonCursor } from "../../codecs/json/cursor.ts"
import { readIdRows } from "../../codecs/json/id-rows.ts"
import { isIntegerType, type NpyArray, readNpy } from "../../codecs/npy/npy.ts"
import { GrowingIds } from "../../parts/growing-ids.ts"
import type { TokenMajor } from "../../parts/layer-major.ts"

/** Lists `[token][layer][k]`. */
const readLists = (cursor: JsonCursor): TokenMajor => {
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
  return {
    values: ids.view(),
    tokens,
    layers: Math.max(layers, 0),
    topK: Math.max(topK, 0),
    place: (token) => `byte ${tokenAt[token] ?? first}`
  }
}

/** An integer array `[token, layer, k]` with where its elements lie. */
export const tokenMajorOf = ({ header, values }: NpyArray, prefix = ""): TokenMajor => {
  const { shape, type, dataAt, itemBytes } = header
  if (!isIntegerType(type))
    throw new ContentFault("WrongShape", `${prefix}byte 0`, `elements of type ${type}; expert ids are integers`)
  if (shape.length !== 3)
    throw new ContentFault(
      "WrongShape",
      `${prefix}byte 0`,
      `an array of shape (${shape.join(", ")}), not [token, layer, k]`
    )
  const [tokens, layers, topK] = shape as [number, number, number]
  const place = (token: number, layer: number) =>
    `${prefix}byte ${dataAt + (token * layers + layer) * topK * itemBytes}`
  return { values, tokens, layers, topK, place }
}

/** The field's value; undefined where it is `null`. Throws `ContentFault`. */
export const readRouted = (cursor: JsonCursor): TokenMajor | undefined => {
  const kind = cursor.kind()
  if (kind === "null") {
    cursor.skip()
    return undefined
  }
  if (kind === "list") return readLists(cursor)
  const prefix = `byte ${cursor.base + cursor.at}, decoded `
  const bytes = readBase64(cursor)
  try {
    return tokenMajorOf(readNpy(bytes), prefix)
  } catch (cause) {
    if (!(cause instanceof ContentFault) || cause.place.startsWith(prefix)) throw cause
    throw new ContentFault(cause.reason, `${prefix}${cause.place}`, cause.message, cause.hint)
  }
}

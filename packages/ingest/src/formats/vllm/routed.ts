/** One `routed_experts` field of a vLLM response: nested lists, or base64 of an `.npy` array. */
import { ContentFault } from "../../fault/content-fault.ts"
import { readBase64 } from "../../codecs/json/base64.ts"
import type { JsonCursor } from "../../codecs/json/cursor.ts"
import { readIdRows } from "../../codecs/json/id-rows.ts"
import { readNpy } from "../../codecs/npy/npy.ts"
import { GrowingIds } from "../../codecs/bytes/growing-ids.ts"
import { byToken, type StridedIds } from "../../parts/layer-major.ts"
import { stridedOf } from "../../parts/npy-ids.ts"

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

/** The field's value; undefined where it is `null`. Throws `ContentFault`. */
export const readRouted = (cursor: JsonCursor): StridedIds | undefined => {
  const kind = cursor.kind()
  if (kind === "null") {
    cursor.skip()
    return undefined
  }
  if (kind === "list") return readLists(cursor)
  const prefix = `byte ${cursor.base + cursor.at}, decoded `
  const bytes = readBase64(cursor)
  try {
    return stridedOf(readNpy(bytes), prefix)
  } catch (cause) {
    if (!(cause instanceof ContentFault) || cause.place.startsWith(prefix)) throw cause
    throw new ContentFault(cause.reason, `${prefix}${cause.place}`, cause.message, cause.hint)
  }
}

/** Lists of expert ids in JSON. */
import type { GrowingIds } from "../bytes/growing-ids.ts"
import type { JsonCursor } from "./cursor.ts"

/** Ids that fit no model are refused where they stand, before they could wrap around. */
const maxId = 0xffff

/** One row `[id, id, ...]`; -1 is a hole. Returns how many ids it has. */
export const readIdRow = (cursor: JsonCursor, into: GrowingIds): number =>
  cursor.list(() => {
    cursor.kind()
    const at = cursor.at
    const id = cursor.integer()
    if (id < -1 || id >= maxId) throw cursor.faultAt("OutOfRange", at, `expert id ${id} is beyond any model`)
    into.push(id)
  })

/** Rows `[[id, ...], ...]` of one length. Returns how many rows there are and how long they are. */
export const readIdRows = (cursor: JsonCursor, into: GrowingIds): { readonly rows: number; readonly topK: number } => {
  let topK = -1
  const rows = cursor.list(() => {
    cursor.kind()
    const at = cursor.at
    const length = readIdRow(cursor, into)
    if (topK < 0) topK = length
    if (length !== topK) throw cursor.faultAt("Ragged", at, `a row of ${length} ids after rows of ${topK}`)
  })
  return { rows, topK: Math.max(topK, 0) }
}

/** Decodes the column `experts` of a group: its dictionary, levels and packed ids, each held against what it must be. */
import { BadParquet } from "../../parquet/bad-parquet.ts"
import { encoding, pageType, readPageHeader } from "../../parquet/page-header.ts"
import { missingExpert } from "../../selections.ts"
import { anyOutside } from "../any-outside.ts"
import type { Group } from "./group.ts"
import { idLevels, idNames, indexBits, indexHead } from "./pages.ts"
import { unzstd } from "./zstd.ts"

/** Levels and dictionaries that were made last: the layers of a chunk share them. */
let levels: { readonly values: number; readonly topK: number; readonly bytes: Uint8Array } | undefined
let names: { readonly ids: number; readonly holes: boolean; readonly page: Uint8Array } | undefined

const levelsOf = (values: number, topK: number): Uint8Array => {
  if (levels?.values !== values || levels.topK !== topK) levels = { values, topK, bytes: idLevels(values, topK) }
  return levels.bytes
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** Checks that the column opens with the dictionary in which every id is itself; a page seen before is only compared. */
const checkDictionary = (page: Uint8Array, ids: number, holes: boolean, offset: number): void => {
  if (names?.ids === ids && names.holes === holes && equal(names.page, page)) return
  const expected = idNames(ids, holes)
  const header = readPageHeader(page, 0)
  const { type, values, plainBytes, body, bodyBytes } = header
  const right =
    type === pageType.dictionary &&
    header.encoding === encoding.plain &&
    values === expected.length &&
    plainBytes === expected.byteLength &&
    body + bodyBytes === page.length
  if (!right) throw new TypeError("the dictionary is not that of the model's experts")
  if (!equal(unzstd(page.subarray(body), plainBytes, offset), new Uint8Array(expected.buffer)))
    throw new TypeError("the dictionary names other experts than the model has")
  names = { ids, holes, page: page.slice() }
}

/**
 * Packed little-endian values of `bits` (9 to 16) into `out`. A hot loop: each value is cut from the three bytes that
 * hold it, so no value waits for the one before.
 */
const unpackBits = (packed: Uint8Array, bits: number, out: Uint16Array): void => {
  const mask = (1 << bits) - 1
  // The last values read past the end, where a missing byte counts as 0.
  const inside = Math.max(0, Math.min(out.length, Math.floor(((packed.length - 3) * 8) / bits)))
  for (let i = 0, bit = 0; i < inside; i++, bit += bits) {
    const p = bit >>> 3
    out[i] = ((packed[p]! | (packed[p + 1]! << 8) | (packed[p + 2]! << 16)) >>> (bit & 7)) & mask
  }
  for (let i = inside; i < out.length; i++) {
    const p = Math.floor((i * bits) / 8)
    const word = (packed[p] ?? 0) | ((packed[p + 1] ?? 0) << 8) | ((packed[p + 2] ?? 0) << 16)
    out[i] = (word >>> ((i * bits) & 7)) & mask
  }
}

/**
 * Decodes the ids of a group into `out`, which has room for exactly these; `ids` of them exist beside holes. Throws where
 * a page is not what the writer makes of such ids.
 */
export const readIdPages = (column: Uint8Array, group: Group, ids: number, out: Uint16Array): void => {
  const { rows, values, maxId, columns } = group
  const { offset, dictionaryBytes } = columns[3]
  if (!(values % rows === 0 && out.length === values)) throw new TypeError(`${values} ids are not whole rows`)
  const holes = maxId === missingExpert
  if (!holes && maxId !== ids - 1) throw new TypeError(`ids go up to ${maxId}, which is not the model's last`)
  checkDictionary(column.subarray(0, dictionaryBytes), ids, holes, offset)
  const opening = levelsOf(values, values / rows)
  const size = ids + (holes ? 1 : 0)
  const bits = indexBits(size)
  const head = indexHead(bits, values)
  const at = opening.length + head.length
  const plainBytes = at + Math.ceil(values / 8) * bits
  const header = readPageHeader(column, dictionaryBytes)
  if (
    header.type !== pageType.data ||
    header.encoding !== encoding.rleDictionary ||
    header.values !== values ||
    header.plainBytes !== plainBytes ||
    header.body + header.bodyBytes !== column.length
  )
    throw new TypeError(`a page is not ${values} ids of ${bits} bits`)
  const body = unzstd(column.subarray(header.body), plainBytes, offset)
  if (!equal(body.subarray(0, opening.length), opening) || head.some((byte, i) => body[opening.length + i] !== byte))
    throw new TypeError(`the levels are not those of ${rows} rows of ${values / rows}`)
  const packed = body.subarray(at)
  if (bits === 8) out.set(packed.subarray(0, values))
  else unpackBits(packed, bits, out)
  if (size < 2 ** bits && anyOutside(out, size - 1))
    throw new BadParquet(`an id is above ${size - 1}, the last of the dictionary`, offset)
  if (holes) for (let i = 0; i < values; i++) if (out[i] === ids) out[i] = missingExpert
}

/** What a prefill row or a decode step looks like apart from its ids, learned from one that was accepted. */

/** The bytes around and between the ids of one unit: one prefill row, or one decode step with a row for each MoE layer. */
export interface Template {
  /** Rows of a unit. */
  readonly rows: number
  readonly topK: number
  /** `[rows + 1]`: the bytes before row r's first id are `text[starts[r]]` to `text[starts[r + 1] - 1]`. */
  readonly starts: Int32Array
  readonly text: Uint8Array
  /** What stands between two ids of a row, the same everywhere; empty when a row has one id. */
  readonly inner: Uint8Array
  /** What follows the last id, to the end of the unit. */
  readonly close: Uint8Array
}

/** More than this between two rows, or within a row, is not worth learning. */
const maxBetweenRows = 1024
const maxWithinRow = 64
/** Limits of a template as a whole, so that it has room in the memory of any engine. */
export const maxRows = 1024
export const maxText = 48 * 1024

const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57

const quote = 34

/** `[2 x ids]` where each id starts and ends; digits in quotes are layer numbers. Undefined when there are other than `ids`. */
const findIds = (unit: Uint8Array, ids: number): Int32Array | undefined => {
  const edges = new Int32Array(2 * ids)
  let found = 0
  let quoted = false
  for (let at = 0; at < unit.length; at++) {
    if (unit[at] === quote) quoted = !quoted
    if (quoted || !isDigit(unit[at]!)) continue
    if (found === ids) return undefined
    edges[2 * found] = at
    while (at + 1 < unit.length && isDigit(unit[at + 1]!)) at++
    edges[2 * found + 1] = at + 1
    found++
  }
  return found === ids ? edges : undefined
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

/**
 * The template of an accepted unit, or undefined when its layout is too uneven to be guessed. `unit` runs from the end
 * of the unit before, so its template begins with the comma between them.
 */
export const learnTemplate = (unit: Uint8Array, rows: number, topK: number): Template | undefined => {
  if (rows > maxRows) return undefined
  const edges = findIds(unit, rows * topK)
  if (edges === undefined) return undefined
  const gap = (id: number): Uint8Array => unit.slice(id === 0 ? 0 : edges[2 * id - 1], edges[2 * id])
  const inner = topK > 1 ? gap(1) : new Uint8Array(0)
  const before: Array<Uint8Array> = []
  for (let id = 0; id < rows * topK; id++) {
    if (id % topK === 0) before.push(gap(id))
    else if (!same(gap(id), inner)) return undefined
  }
  const close = unit.slice(edges[2 * rows * topK - 1])
  if (inner.length > maxWithinRow || [...before, close].some(({ length }) => length > maxBetweenRows)) return undefined
  const starts = new Int32Array(rows + 1)
  // Row r starts where those before it end.
  before.forEach(({ length }, row) => (starts[row + 1] = starts[row]! + length))
  if (starts[rows]! > maxText) return undefined
  const text = new Uint8Array(starts[rows]!)
  before.forEach((bytes, row) => text.set(bytes, starts[row]))
  return { rows, topK, starts, text, inner, close }
}

/** JSON of counts: nested lists of two or three levels, bare or under the key `logical_count`, read without a JSON tree. */
import { maxCells } from "@moira/trace"
import { ContentFault } from "../../fault/content-fault.ts"
import { JsonCursor } from "../../codecs/json/cursor.ts"

/** Counts as a file gives them: sizes from the outside in, and values in that order. */
export interface CountsArray {
  readonly shape: ReadonlyArray<number>
  readonly values: Float64Array
}

const key = "logical_count"

/** Digits that end in a delimiter, or in `.0` and one: nearly every count. -1 where it is not that plain; no allocation. */
const plainCount = (cursor: JsonCursor): number => {
  const { bytes, end } = cursor
  const first = bytes[cursor.at]!
  let at = cursor.at
  let value = 0
  for (; at < end; at++) {
    const digit = bytes[at]! - 48
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  const digits = at - cursor.at
  if (digits === 0 || digits > 15 || (first === 48 && digits > 1)) return -1
  if (bytes[at] === 46 && bytes[at + 1] === 48) at += 2
  const next = at < end ? bytes[at]! : 0
  if (next !== 44 && next !== 93) return -1
  cursor.at = at
  return value
}

/** A whole number that is not negative, in any spelling of JSON: `143`, `143.0` and `1e3` are. */
const readCount = (cursor: JsonCursor): number => {
  const at = cursor.at
  const plain = plainCount(cursor)
  if (plain >= 0) return plain
  cursor.skipNumber()
  const value = Number(Buffer.from(cursor.bytes.subarray(at, cursor.at)).toString("latin1"))
  if (Number.isSafeInteger(value) && value >= 0) return value + 0
  throw cursor.faultAt("Malformed", at, `${value} is no count, which is a whole number from 0 to 2^53 - 1`)
}

class CountsScan {
  readonly #cursor: JsonCursor
  readonly #shape: Array<number> = []
  #depth = -1
  #values = new Float64Array(4096)
  #count = 0

  constructor(cursor: JsonCursor) {
    this.#cursor = cursor
  }

  #push(value: number): void {
    if (this.#count === this.#values.length) {
      if (this.#count === maxCells) throw this.#cursor.fault("WrongShape", `more than ${maxCells} counts`)
      const grown = new Float64Array(Math.min(maxCells, 2 * this.#values.length))
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[this.#count++] = value
  }

  /** A list at `level`; all lists of a level have as many items, and numbers stand at one level only. */
  #list(level: number): void {
    const cursor = this.#cursor
    cursor.kind()
    const start = cursor.at
    if (level > 2) throw cursor.fault("WrongShape", "lists nested deeper than three levels")
    const items = cursor.list(() => {
      const kind = cursor.kind()
      if (kind !== "list" && kind !== "number") throw cursor.fault("Malformed", `a ${kind} where a count belongs`)
      if (kind === "list" ? this.#depth === level : this.#depth >= 0 && this.#depth !== level)
        throw cursor.fault("Ragged", `a ${kind} where lists elsewhere at this level hold none`)
      if (kind === "list") return this.#list(level + 1)
      this.#depth = level
      this.#push(readCount(cursor))
    })
    if (items === 0) throw cursor.faultAt("WrongShape", start, "an empty list")
    this.#shape[level] ??= items
    if (this.#shape[level] !== items)
      throw cursor.faultAt(
        "Ragged",
        start,
        `${items} items, where other lists of this level have ${this.#shape[level]}`
      )
  }

  run(): CountsArray {
    const start = this.#cursor.at
    this.#list(0)
    if (this.#shape.length < 2)
      throw this.#cursor.faultAt("WrongShape", start, "one list, where [layer][expert] belongs")
    return { shape: this.#shape, values: this.#values.slice(0, this.#count) }
  }
}

/**
 * The counts of a JSON text: a bare list, or one under the key `logical_count` of an object. Throws `ContentFault`.
 * Other keys of the object, such as a rank, are passed over.
 */
export const scanCountsJson = (bytes: Uint8Array, underKey: boolean): CountsArray => {
  const cursor = new JsonCursor(bytes)
  let found: CountsArray | undefined
  if (underKey) {
    cursor.object((name) => {
      if (name === key) found = new CountsScan(cursor).run()
      else cursor.skip()
    })
  } else found = new CountsScan(cursor).run()
  cursor.finish()
  if (found === undefined) throw new ContentFault("WrongShape", "byte 0", `no key ${key}`)
  return found
}

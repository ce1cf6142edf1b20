/** JSON of counts: nested lists of two or three levels, bare or under the key `logical_count`, read without a JSON tree. */
import { maxCells } from "@moira/trace"
import { ContentFault } from "../../fault/content-fault.ts"
import { JsonCursor } from "../../codecs/json/cursor.ts"
import { isLoad, noLoad } from "./loads.ts"

/** Counts, or loads that are not whole, as a file gives them: sizes from the outside in, and values in that order. */
export interface CountsArray {
  readonly shape: ReadonlyArray<number>
  readonly values: Float64Array
  /** Numbers of the rows where the file has them, ascending. */
  readonly layers?: ReadonlyArray<number>
  /** True where experts that were not chosen are left out, so that there may be more than the file names. */
  readonly sparse?: boolean
  /** What the reader decided that a user should know. */
  readonly notes?: ReadonlyArray<string>
}

const key = "logical_count"

const countHint = "a count is never negative, and exact below 2^53: look at what wrote the table, or leave the file out"
/** Of tables that do not hold together, which says nothing of who is at fault. */
export const raggedHint =
  "a model has as many experts in each of its layers, and a layer without experts is a row of zeros: give tables of one model, each in a file of its own"

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

/** A number that is not negative, in any spelling of JSON. */
export const readLoad = (cursor: JsonCursor): number => {
  const at = cursor.at
  const plain = plainCount(cursor)
  if (plain >= 0) return plain
  cursor.skipNumber()
  const value = Number(Buffer.from(cursor.bytes.subarray(at, cursor.at)).toString("latin1"))
  if (isLoad(value)) return value + 0
  throw cursor.faultAt("Malformed", at, noLoad(value), countHint)
}

class CountsScan {
  readonly #cursor: JsonCursor
  readonly #shape: Array<number> = []
  /** Place in the list of each level, from the outside in. */
  readonly #place: Array<number> = []
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
    const items = cursor.list((index) => {
      this.#place[level] = index
      const kind = cursor.kind()
      if (kind !== "list" && kind !== "number") throw cursor.fault("Malformed", `a ${kind} where a count belongs`)
      if (kind === "list" ? this.#depth === level : this.#depth >= 0 && this.#depth !== level)
        throw cursor.fault("Ragged", `a ${kind} where lists elsewhere at this level hold none`, raggedHint)
      if (kind === "list") return this.#list(level + 1)
      this.#depth = level
      this.#push(readLoad(cursor))
    })
    if (items === 0) throw cursor.faultAt("WrongShape", start, "an empty list")
    this.#shape[level] ??= items
    if (this.#shape[level] !== items) throw cursor.faultAt("Ragged", start, this.#ragged(level, items), raggedHint)
  }

  /** How a list differs in length from those before it. */
  #ragged(level: number, items: number): string {
    const usual = this.#shape[level]!
    const which = (levels: number) => this.#place.slice(0, levels)
    if (level === 2) {
      const [step, layer] = which(2)
      return `step ${step}, layer ${layer} has ${items} experts, the others ${usual}`
    }
    if (level === 1 && this.#depth === 1) return `layer ${which(1)[0]} has ${items} experts, the others ${usual}`
    return `step ${which(1)[0]} has ${items} layers, the others ${usual}`
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

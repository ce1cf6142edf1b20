/** Counts that a file gives one by one, for the layers and experts that it names, as a table. */
import { maxCells } from "@moira/trace"
import { ContentFault } from "../../fault/content-fault.ts"
import type { CountsArray } from "./json-scan.ts"

/** More than any model has, so that what sizes the table is a number of a layer or an expert. */
export const maxNumber = 65_535

/** A table may be this many times larger than what the file says of it: recordings of one token name 1 in 64 experts. */
const maxEmptiness = 1024
const freeCells = 2 ** 16

export class SparseTable {
  readonly #rows = new Map<number, Map<number, number>>()
  #entries = 0
  #highest = -1

  /** Adds a count; false where the same layer and expert had one. */
  add(layer: number, expert: number, load: number): boolean {
    let row = this.#rows.get(layer)
    if (row === undefined) this.#rows.set(layer, (row = new Map()))
    if (row.has(expert)) return false
    row.set(expert, load)
    this.#entries++
    this.#highest = Math.max(this.#highest, expert)
    return true
  }

  /** `[layer][expert]`, layers ascending; at least `experts` experts. Throws `ContentFault` where there is nothing. */
  finish(experts = 0): CountsArray {
    const width = Math.max(experts, this.#highest + 1)
    const cells = this.#rows.size * width
    if (this.#entries === 0) throw new ContentFault("Truncated", "byte 0", "the file holds no count")
    if (cells > maxCells || cells > maxEmptiness * this.#entries + freeCells)
      throw new ContentFault(
        "WrongShape",
        "entry 0",
        `${this.#entries} counts of ${this.#rows.size} layers and experts up to ${width - 1}`,
        "such numbers are of no model: check the columns of layers and experts"
      )
    const layers = [...this.#rows.keys()].toSorted((a, b) => a - b)
    const values = new Float64Array(cells)
    layers.forEach((layer, l) => {
      for (const [expert, load] of this.#rows.get(layer)!) values[l * width + expert] = load
    })
    return { shape: [layers.length, width], values, layers, ...(experts > 0 ? {} : { sparse: true }) }
  }
}

/**
 * Joins the rows of decode passes into requests. SGLang records no request ids, but a token's position in its request.
 * The rows of a batch go on in the next decode pass in the same order, new ones after them; so rows are joined when
 * every row of a pass goes on at its next position. When one does not, a request ended, nobody can tell which where
 * several are as long, and all rows are cut there.
 */
import { cutTokens, type PassIds } from "./pass-ids.ts"

/** A request's decode tokens as far as they could be joined. */
export interface DecodeRow {
  readonly firstRecord: number
  readonly lastRecord: number
  /** Row in the batch. */
  readonly row: number
  readonly tokens: number
  /** `[layerIndex][token][k]`. */
  readonly ids: Uint16Array
}

interface OpenRow {
  readonly first: number
  last: number
  position: number
  readonly parts: Array<Uint16Array>
}

export class DecodeRows {
  readonly #topK: number
  #open: Array<OpenRow> = []

  constructor(topK: number) {
    this.#topK = topK
  }

  /** Takes a decode pass and gives the requests that ended before it. */
  add(record: number, positions: ReadonlyArray<number>, pass: PassIds): ReadonlyArray<DecodeRow> {
    const goesOn =
      positions.length >= this.#open.length && this.#open.every((row, i) => positions[i] === row.position + 1)
    const ended = goesOn ? [] : this.end()
    positions.forEach((position, i) => {
      const row = (this.#open[i] ??= { first: record, last: record, position, parts: [] })
      row.last = record
      row.position = position
      row.parts.push(cutTokens(pass, this.#topK, i, i + 1))
    })
    return ended
  }

  /** Ends all rows. */
  end(): ReadonlyArray<DecodeRow> {
    const rows = this.#open.map(({ first, last, parts }, row) => {
      const topK = this.#topK
      const ids = new Uint16Array(parts.length * parts[0]!.length)
      parts.forEach((part, token) => {
        for (let i = 0; i < part.length; i++) {
          const [layer, k] = [Math.floor(i / topK), i % topK]
          ids[(layer * parts.length + token) * topK + k] = part[i]!
        }
      })
      return { firstRecord: first, lastRecord: last, row, tokens: parts.length, ids }
    })
    this.#open = []
    return rows
  }
}

/**
 * Joins prompts and the rows of decode passes into requests. SGLang records no request ids, but a token's position in its
 * request, and a batch keeps its order. So a request goes on in the next decode pass at its next position (where drafts were
 * verified, at one of theirs or the one after); new ones go on from a prompt. Where a request ended, the others go on
 * if it is clear which it was; where several as long could have, all are cut there.
 */
import type { Part, Prompt, Prompts } from "./prompts.ts"

/** A request of the batch. */
export interface OpenRow {
  /** Row in the batch of its first decode pass. */
  readonly row: number
  readonly prompt: Prompt | undefined
  /** Its decode passes. */
  readonly parts: Array<Part>
}

/** The positions at which a request may go on after a pass. */
const goesOnAt = ({ parts }: OpenRow, position: number): boolean => {
  const { positions } = parts.at(-1)!
  return position > positions[0]! && position <= positions.reduce((most, at) => Math.max(most, at), 0) + 1
}

/** In order, the open row that each start goes on with, every row used; -1 for starts of new requests. Undefined where a row has none. */
const allGoOn = (open: ReadonlyArray<OpenRow>, starts: ReadonlyArray<number>): ReadonlyArray<number> | undefined => {
  let next = 0
  const found = starts.map((start) => (next < open.length && goesOnAt(open[next]!, start) ? next++ : -1))
  return next === open.length ? found : undefined
}

/** In order, the open row that each start goes on with, where there is exactly one way; rows may have ended. */
const onlyWay = (open: ReadonlyArray<OpenRow>, starts: ReadonlyArray<number>): ReadonlyArray<number> | undefined => {
  if (starts.length > open.length) return undefined
  // The first row that each can go on with from the front, and the last from the back: the same where there is one way.
  const front: Array<number> = []
  for (const start of starts) {
    let row = (front.at(-1) ?? -1) + 1
    while (row < open.length && !goesOnAt(open[row]!, start)) row++
    if (row === open.length) return undefined
    front.push(row)
  }
  let row = open.length
  for (let i = starts.length - 1; i >= 0; i--) {
    row--
    while (!goesOnAt(open[row]!, starts[i]!)) row--
    if (row !== front[i]) return undefined
  }
  return front
}

export class DecodeRows {
  readonly #prompts: Prompts
  #open: Array<OpenRow> = []

  constructor(prompts: Prompts) {
    this.#prompts = prompts
  }

  /** Which open row or prompt each request of a pass goes on with; requests with neither are new. */
  #matched(starts: ReadonlyArray<number>) {
    const whole = allGoOn(this.#open, starts)
    const rows = new Map<number, number>()
    const prompts = new Map<number, Prompt>()
    if (whole !== undefined) {
      const fresh = [...whole.keys()].filter((i) => whole[i] === -1)
      whole.forEach((row, i) => row >= 0 && rows.set(i, row))
      for (const [n, prompt] of this.#prompts.follow(fresh.map((i) => starts[i]!))) prompts.set(fresh[n]!, prompt)
      return { rows, prompts }
    }
    const followed = this.#prompts.follow(starts)
    for (const [i, prompt] of followed) prompts.set(i, prompt)
    const rest = [...starts.keys()].filter((i) => !followed.has(i))
    const way = onlyWay(
      this.#open,
      rest.map((i) => starts[i]!)
    )
    way?.forEach((row, n) => rows.set(rest[n]!, row))
    return { rows, prompts }
  }

  /** Takes the requests that decode in a pass, in the order of the batch, and gives those that ended before it. */
  add(parts: ReadonlyArray<Part>): ReadonlyArray<OpenRow> {
    const { rows, prompts } = this.#matched(parts.map(({ positions }) => positions[0]!))
    const going = new Set(rows.values())
    const ended = this.#open.filter((_, row) => !going.has(row))
    const before = this.#open
    this.#open = parts.map((part, i) => {
      const known = rows.get(i)
      const prompt = prompts.get(i)
      if (prompt !== undefined) this.#prompts.take(prompt)
      const open = known === undefined ? { row: i, prompt, parts: [] } : before[known]!
      open.parts.push(part)
      return open
    })
    return ended
  }

  /** Ends all rows. */
  end(): ReadonlyArray<OpenRow> {
    const all = this.#open
    this.#open = []
    return all
  }
}

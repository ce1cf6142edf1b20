/** Joins the parts of streams, by the id that they share, to whole responses. */
import type { Choice, Response } from "./response.ts"
import { isFlat } from "./response.ts"

/** A response and where it came from. */
export interface Located {
  readonly response: Response
  /** The file, and the line where there are lines. */
  readonly source: string
  /** Digest of the document or line that holds the routing. */
  readonly digest: string
  /** Counted from 1, where there are lines. */
  readonly line?: number
  /** True where the file holds nothing else: what is wrong with it is wrong with the file. */
  readonly alone?: boolean
}

/** Unfinished streams of more bytes of ids than this are not waited for any more. */
const maxWaitingBytes = 64 * 2 ** 20

const bytesOf = ({ choices }: Response): number =>
  choices.reduce((sum, { routed }) => {
    if (routed === undefined) return sum
    return sum + (isFlat(routed) ? routed.flat.byteLength : 4 * routed.tokens * routed.layers * routed.topK)
  }, 0)

/** True where every choice has ended. */
const hasEnded = ({ choices }: Response): boolean =>
  choices.length > 0 && choices.every(({ finish }) => finish !== undefined && finish !== null)

/** A choice with what a later part says of it; tokens that parts list add up. */
const joinChoice = (before: Choice, after: Choice): Choice => ({
  ...before,
  ...after,
  ...(before.made === undefined || after.made === undefined ? {} : { made: before.made + after.made }),
  ...(after.finish == null && before.finish !== undefined ? { finish: before.finish } : {})
})

const joinChoices = (before: ReadonlyArray<Choice>, after: ReadonlyArray<Choice>): ReadonlyArray<Choice> => {
  const joined = new Map(before.map((choice) => [choice.index, choice]))
  for (const choice of after) {
    const known = joined.get(choice.index)
    joined.set(choice.index, known === undefined ? choice : joinChoice(known, choice))
  }
  return [...joined.values()].toSorted((a, b) => a.index - b.index)
}

const joinResponse = (before: Response, after: Response): Response => ({
  ...before,
  ...after,
  usage: { ...before.usage, ...after.usage },
  choices: joinChoices(before.choices, after.choices)
})

const holdsRouting = ({ prompt, choices }: Response): boolean =>
  prompt !== undefined || choices.some(({ routed, fault }) => routed !== undefined || fault !== undefined)

/** Parts of streams that are still to come together. */
export class Streams {
  private readonly waiting = new Map<string, Located>()
  private waitingBytes = 0

  /** True for a part, and for what belongs to a stream that waits. */
  takes({ chunk, id }: Response): boolean {
    return chunk || (id !== undefined && this.waiting.has(id))
  }

  /** Takes a part; gives the responses that are not waited for any more. */
  *add(part: Located): Generator<Located> {
    const key = part.response.id ?? ""
    let before = this.waiting.get(key)
    // Without an id a part that comes after the end of its stream begins the next one.
    if (before !== undefined && key === "" && hasEnded(before.response) && part.response.choices.length > 0) {
      yield* this.release(key)
      before = undefined
    }
    this.waitingBytes += bytesOf(part.response)
    if (before === undefined) this.waiting.set(key, part)
    else {
      const from = holdsRouting(part.response) ? part : before
      this.waiting.set(key, { ...from, response: joinResponse(before.response, part.response) })
    }
    if (this.waitingBytes > maxWaitingBytes) yield* this.releaseEnded()
  }

  /** All streams that have ended. */
  *releaseEnded(): Generator<Located> {
    for (const [key, { response }] of this.waiting) if (hasEnded(response)) yield* this.release(key)
  }

  /** All that is left; where streams say that they are done, these have not. */
  *releaseAll(cut: boolean): Generator<Located> {
    for (const key of this.waiting.keys())
      for (const located of this.release(key))
        yield cut ? { ...located, response: { ...located.response, cut } } : located
  }

  private *release(key: string): Generator<Located> {
    const located = this.waiting.get(key)!
    this.waiting.delete(key)
    this.waitingBytes -= bytesOf(located.response)
    yield located
  }
}

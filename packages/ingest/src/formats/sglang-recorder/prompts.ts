/** Prompts of a recording that wait for the decode pass which goes on from them. */

/** Consecutive tokens of one request in one pass. */
export interface Part {
  readonly record: number
  readonly positions: ReadonlyArray<number>
  /** `[layerIndex][token][k]`. */
  readonly ids: Uint16Array
}

/** A prompt as far as it was recorded: its pieces, one after another. */
export interface Prompt {
  /** Position of its first token: those before it came from the cache, or before the recording. */
  readonly start: number
  readonly parts: Array<Part>
  /** Position that follows. */
  next: number
}

/** Most ids that wait; where decode passes are not recorded nothing goes on from any prompt. */
const maxWaiting = 2 ** 24

export class Prompts {
  #waiting: Array<Prompt> = []
  #ids = 0
  /** Those that the last pass brought, or went on with. */
  #fresh = new Set<Prompt>()

  /** Begins a pass that may hold pieces of prompts. */
  begin(): void {
    this.#fresh = new Set()
  }

  /** Takes a piece; it goes on with a prompt that ended right before it. Gives prompts for which there is no more room. */
  add(part: Part): ReadonlyArray<Prompt> {
    const [first] = part.positions
    const next = part.positions.at(-1)! + 1
    // A chunk that goes on was the last of its pass.
    const known =
      first! > 0 ? this.#waiting.findLast((prompt) => prompt.next === first && !this.#fresh.has(prompt)) : undefined
    const prompt = known ?? { start: first!, parts: [], next }
    if (known === undefined) this.#waiting.push(prompt)
    prompt.parts.push(part)
    prompt.next = next
    this.#fresh.add(prompt)
    this.#ids += part.ids.length
    const old: Array<Prompt> = []
    while (this.#ids > maxWaiting && this.#waiting.length > 1) old.push(this.#remove(0))
    return old
  }

  #remove(at: number): Prompt {
    const [prompt] = this.#waiting.splice(at, 1)
    this.#ids -= prompt!.parts.reduce((sum, { ids }) => sum + ids.length, 0)
    return prompt!
  }

  /**
   * Which of the positions where requests begin to decode follow a prompt, as `[index, prompt]`: both in the order of the batch,
   * from the last on, since new requests come after those that go on.
   */
  follow(starts: ReadonlyArray<number>): ReadonlyMap<number, Prompt> {
    const found = new Map<number, Prompt>()
    let from = this.#waiting.length - 1
    for (let i = starts.length - 1; i >= 0; i--) {
      let at = from
      while (at >= 0 && (this.#waiting[at]!.next !== starts[i] || this.#fresh.has(this.#waiting[at]!))) at--
      if (at < 0) continue
      found.set(i, this.#waiting[at]!)
      from = at - 1
    }
    return found
  }

  /** Takes a prompt out, since a request goes on from it. */
  take(prompt: Prompt): void {
    this.#remove(this.#waiting.indexOf(prompt))
  }

  /** Takes out the prompts that nothing went on from in a pass where requests decode, but those that are still being computed. */
  passedOver(): ReadonlyArray<Prompt> {
    const over = this.#waiting.filter((prompt) => !this.#fresh.has(prompt))
    for (const prompt of over) this.take(prompt)
    return over
  }

  /** Takes out all. */
  end(): ReadonlyArray<Prompt> {
    this.begin()
    return this.passedOver()
  }
}

/** Counts how often each expert was chosen, by task, phase and layer, while a store is written; plain code for threads. */
import type { Model } from "@moira/core"
import { moeLayers } from "@moira/core/thread"

/** Tasks that are counted apart; a store with more has all of them as one, of the empty name. */
export const maxTasks = 64

/** What counting must know of a model. */
export type CountedModel = Pick<Model, "moe" | "experts" | "zeroExperts">

/** Adds the selections at positions `from` to `to` of `ids` to `into[at + id]`, holes left out; a hot loop. */
const count = (ids: Uint16Array, from: number, to: number, limit: number, into: Float64Array, at: number): void => {
  for (let i = from; i < to; i++) {
    const id = ids[i]!
    if (id < limit) into[at + id]! += 1
  }
}

/** Counts by task as they grow. */
export class OverviewCounts {
  readonly #tasks = new Map<string, Float64Array>()
  readonly #size: number
  readonly #layers: number
  readonly #ids: number
  readonly #topK: number
  #together = false

  constructor(model: CountedModel & Pick<Model, "topK">) {
    this.#layers = moeLayers(model).length
    this.#ids = model.experts + (model.zeroExperts ?? 0)
    this.#topK = model.topK
    this.#size = 2 * this.#layers * this.#ids
  }

  /** The counts of a task, made where they are not there yet. */
  #of(task: string): Float64Array {
    const name = this.#together ? "" : task
    const found = this.#tasks.get(name)
    if (found !== undefined) return found
    if (this.#tasks.size === maxTasks) {
      this.#putTogether()
      return this.#of(task)
    }
    const counts = new Float64Array(this.#size)
    this.#tasks.set(name, counts)
    return counts
  }

  #putTogether(): void {
    const sum = new Float64Array(this.#size)
    for (const counts of this.#tasks.values()) for (let i = 0; i < sum.length; i++) sum[i]! += counts[i]!
    this.#tasks.clear()
    this.#tasks.set("", sum)
    this.#together = true
  }

  /** Adds rows of a request: `ids[layer][token][k]` of `tokens` tokens, from token `from` on, the first `prefill` of all prompt tokens. */
  add(task: string, ids: Uint16Array, tokens: number, from: number, prefill: number): void {
    const size = tokens * this.#topK
    for (let layer = 0; layer < this.#layers; layer++)
      this.#addRows(this.#of(task), layer, ids, layer * size, from, prefill, tokens)
  }

  /** The same of one layer, given by its index: `ids[token][k]`. */
  addLayer(task: string, layer: number, ids: Uint16Array, from: number, prefill: number): void {
    this.#addRows(this.#of(task), layer, ids, 0, from, prefill, ids.length / this.#topK)
  }

  #addRows(
    into: Float64Array,
    layer: number,
    ids: Uint16Array,
    at: number,
    from: number,
    prefill: number,
    tokens: number
  ): void {
    const k = this.#topK
    count(ids, at + from * k, at + prefill * k, this.#ids, into, layer * this.#ids)
    count(ids, at + prefill * k, at + tokens * k, this.#ids, into, (this.#layers + layer) * this.#ids)
  }

  /** Takes rows of a prompt away again: `ids[token][k]` of the layer of index `layer`. */
  takePrefill(task: string, layer: number, ids: Uint16Array): void {
    const into = this.#of(task)
    for (const id of ids) if (id < this.#ids) into[layer * this.#ids + id]! -= 1
  }

  /** Adds the counts of one task that were made elsewhere. */
  addCounts(task: string, counts: ArrayLike<number>): void {
    if (counts.length !== this.#size) throw new RangeError(`${counts.length} counts of a task that has ${this.#size}`)
    const into = this.#of(task)
    for (let i = 0; i < into.length; i++) into[i]! += counts[i]!
  }

  /** The counts of each task, or of all under the empty name. */
  get tasks(): ReadonlyMap<string, Float64Array> {
    return this.#tasks
  }

  get isTogether(): boolean {
    return this.#together
  }

  /** Puts all tasks together, as another part of the same store has done. */
  together(): void {
    if (!this.#together) this.#putTogether()
  }

  /** `[task][phase][layer][id]` of these tasks. */
  of(tasks: ReadonlyArray<string>): Float64Array {
    const counts = new Float64Array(tasks.length * this.#size)
    tasks.forEach((task, t) => counts.set(this.#tasks.get(task) ?? [], t * this.#size))
    return counts
  }
}

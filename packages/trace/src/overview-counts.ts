/** Counts how often each expert was chosen, by task, phase and layer, while a store is written; plain code for threads. */
import type { Model } from "@moira/core"

/** Tasks that are counted apart; a store with more has all of them as one, of the empty name. */
export const maxTasks = 64

/** What counting must know of a model. */
export type CountedModel = Pick<Model, "experts" | "zeroExperts">

/** Consecutive rows of one task among those of a layer, repeated ones left out: positions of their ids, prompt and decode. */
export interface CountedSpan {
  readonly task: string
  readonly prefill: number
  readonly decode: number
  readonly end: number
}

/** Counts of one layer and phase, by id. Every 16-bit value has a place, so that the hot loop compares nothing. */
const makeTally = (): Uint32Array => new Uint32Array(0x1_0000)

/** Used by all counts of a thread, one layer at a time. */
let tallies: { readonly prefill: Uint32Array; readonly decode: Uint32Array } | undefined

/** Adds the ids at positions `from` to `to`; a hot loop. */
const count = (ids: Uint16Array, from: number, to: number, into: Uint32Array): void => {
  let i = from
  for (; i + 4 <= to; i += 4) {
    into[ids[i]!]!++
    into[ids[i + 1]!]!++
    into[ids[i + 2]!]!++
    into[ids[i + 3]!]!++
  }
  for (; i < to; i++) into[ids[i]!]!++
}

/** Counts by task as they grow. */
export class OverviewCounts {
  readonly #tasks = new Map<string, Float64Array>()
  readonly #size: number
  readonly #layers: number
  readonly #ids: number
  readonly #tallies = (tallies ??= { prefill: makeTally(), decode: makeTally() })
  #together = false

  /** `layers` is how many MoE layers the model has. */
  constructor(model: CountedModel, layers: number) {
    this.#layers = layers
    this.#ids = model.experts + (model.zeroExperts ?? 0)
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

  /** Adds the ids of one layer, given by its index; `spans` are in the order of the ids, those of a task best side by side. */
  addLayer(layer: number, ids: Uint16Array, spans: ReadonlyArray<CountedSpan>): void {
    spans.forEach(({ task, prefill, decode, end }, i) => {
      count(ids, prefill, decode, this.#tallies.prefill)
      count(ids, decode, end, this.#tallies.decode)
      if (spans[i + 1]?.task !== task) this.#move(layer, this.#of(task))
    })
  }

  /** Moves what was tallied to the counts of a task; the places of holes are never looked at. */
  #move(layer: number, into: Float64Array): void {
    for (const [tallied, at] of [
      [this.#tallies.prefill, layer * this.#ids],
      [this.#tallies.decode, (this.#layers + layer) * this.#ids]
    ] as const)
      for (let id = 0; id < this.#ids; id++) {
        into[at + id]! += tallied[id]!
        tallied[id] = 0
      }
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

/** Passes that the tracer wrote more than once: by ranks that share tokens, and where training recomputes activations. */
import { sha256 } from "../../codecs/bytes/sha256.ts"
import type { Pass } from "./passes.ts"

/** Passes of a step that may be recomputed later: as many as a pipeline has under way. */
const window = 64

/** From so many tokens on, equal rows in all layers are no chance. */
const fewTokens = 8

interface Seen {
  readonly whole: string
  /** Digest of a layer's rows. */
  readonly layers: ReadonlyMap<number, string>
  readonly order: string
}

const bytesOf = (ids: Int32Array): Uint8Array => new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength)

const seenOf = ({ layers, ids, tokens, topK }: Pass): Seen => {
  const size = tokens * topK
  const digests = new Map(
    [...layers.keys()].map((layer, i) => [layer, sha256(bytesOf(ids.slice(i * size, (i + 1) * size)))] as const)
  )
  const sorted = [...digests].toSorted(([a], [b]) => a - b)
  return {
    whole: sorted.map(([layer, digest]) => `${layer} ${digest}`).join(),
    layers: digests,
    order: [...layers.keys()].join()
  }
}

/** Tells repeated passes of one recording, rank after rank. */
export class Repeats {
  /** By step, place in it and content: the rank that wrote it first. */
  readonly #byRank = new Map<string, number>()
  #step = ""
  #before: Array<Seen> = []

  /**
   * `rank` where an earlier rank wrote the same pass, `recomputed` where the same rank did in the same step, in all layers or, as
   * some recompute, in part of them and in another order; undefined for a new one.
   */
  add(pass: Pass): "rank" | "recomputed" | undefined {
    const { rank, step, repeat, tokens } = pass
    if (this.#step !== `${rank} ${step}`) this.#before = []
    this.#step = `${rank} ${step}`
    const seen = seenOf(pass)
    const again = (before: Seen) =>
      (tokens >= fewTokens || before.order !== seen.order) &&
      [...seen.layers].every(([layer, digest]) => before.layers.get(layer) === digest)
    if (this.#before.some(again)) return "recomputed"
    this.#before.push(seen)
    if (this.#before.length > window) this.#before.shift()
    const key = `${step} ${repeat} ${sha256(Buffer.from(seen.whole))}`
    const first = this.#byRank.get(key)
    if (first !== undefined && first !== rank) return "rank"
    this.#byRank.set(key, rank)
    return undefined
  }
}

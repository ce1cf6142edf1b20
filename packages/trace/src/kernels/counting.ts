/** What counting kernels do, whatever they are written in. All engines give the same numbers. */

/** What ids are like: rows of `topK`, and whether some of them may be no expert (a hole). */
export interface IdShape {
  readonly topK: number
  readonly experts: number
  readonly holes: boolean
}

/** Candidates that are judged. */
export interface Candidates {
  /** `chosen[i * experts + j]` is 1 where j is a candidate given i. */
  readonly chosen: Uint8Array
  /** `popular[j]` is 1 where j is a candidate whatever i is. */
  readonly popular: Uint8Array
  /** The expert whose candidates are judged alone as well. */
  readonly top: number
}

/** Rows and runs of them that are counted together with those of other parts. */
export interface JointPart {
  readonly a: Uint16Array
  readonly b: Uint16Array
  readonly shape: IdShape
  readonly runs: Uint32Array
}

export interface PairPart {
  readonly ids: Uint16Array
  readonly shape: IdShape
  readonly runs: Uint32Array
}

/**
 * A run is four numbers: first row of `a`, first row of `b`, rows, and the number of what it counts into. Its step t
 * pairs row `aRow + t` of `a` with row `bRow + t` of `b`. Runs of one matrix should follow one another: finishing one
 * matrix at a time keeps it in cache.
 */
export interface CountingKernels {
  readonly engine: "wasm" | "js"
  /** Adds 1 to `into[n][i * experts + j]` for each i of the first row and j of the second, over all steps of all runs. */
  readonly joint: (
    a: Uint16Array,
    b: Uint16Array,
    shape: IdShape,
    runs: Uint32Array,
    into: ReadonlyArray<Uint32Array>
  ) => void
  /**
   * Adds to six entries of `answers`, from `6 n` on: pairs (i, j), those where j is a candidate given i, those where j
   * is a popular one, and the same three for pairs with i = `top`.
   */
  readonly judge: (
    a: Uint16Array,
    b: Uint16Array,
    shape: IdShape,
    runs: Uint32Array,
    candidates: Candidates,
    answers: Uint32Array
  ) => void
  /** Adds 1 to `into[i * experts + j]` for each two experts of a row of ids, the one that stands first as i. */
  readonly pairs: (ids: Uint16Array, shape: IdShape, into: Uint32Array) => void
  /**
   * Joint counts of the runs of all parts in `cells` matrices that start at zero, of which only sums are given: one for
   * each of `masks`, over the cells of its bits (31 at most).
   */
  readonly jointSums: (
    parts: ReadonlyArray<JointPart>,
    experts: number,
    cells: number,
    masks: Uint32Array
  ) => ReadonlyArray<Uint32Array>
  /** The same of pairs of two experts of a row. A run is three numbers: first row, rows, and its cell. */
  readonly pairSums: (
    parts: ReadonlyArray<PairPart>,
    experts: number,
    cells: number,
    masks: Uint32Array
  ) => ReadonlyArray<Uint32Array>
  /**
   * Pairs of two different experts of a row, by run of three numbers: first row, rows, and number of the answer. Four
   * entries of `answers` are added to, from `4 n` on: pairs, and those whose `marked[i * experts + j]` has each of the
   * lowest three bits. `marked` is symmetric.
   */
  readonly markedPairs: (
    ids: Uint16Array,
    shape: IdShape,
    runs: Uint32Array,
    marked: Uint8Array,
    answers: Uint32Array
  ) => void
}

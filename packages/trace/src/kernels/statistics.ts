/** What kernels of statistics do, whatever they are written in. All engines give the same bits. */

/** Where the decode rows of requests lie, each in its own `ids`. */
export interface DecodeRows {
  readonly experts: number
  readonly topK: number
  readonly ids: ReadonlyArray<Uint16Array>
  readonly decodeAt: Uint32Array
  readonly decodeRows: Uint32Array
}

/** Uses over all batches. */
export interface ReuseTotals {
  readonly uses: number
  readonly firstUses: number
  /** By expert, of the batches of either side. */
  readonly used: readonly [Uint32Array, Uint32Array]
}

export interface StatisticsKernels {
  readonly engine: "wasm" | "js"
  /**
   * Jensen-Shannon distances of pairs of rows of `counts` (`[row][expert]`), `pairs` being two row numbers each: the
   * square root of H((p + q) / 2) - (H(p) + H(q)) / 2, in bits, sums in order of experts. -1 where a row has no counts.
   */
  readonly shareDistances: (counts: Uint32Array, experts: number, pairs: Uint32Array) => Float64Array
  /** The same distances by terms in order of size, which are `jensenShannon` of `@moira/core/statistics`. */
  readonly sortedDistances: (counts: Uint32Array, experts: number, pairs: Uint32Array) => Float64Array
  /**
   * Sums of the rows of `counts` by label, for each labelling (`[row]`, below `labels`): `visit(sums, n)` with
   * `[label][column]` of labelling n, in order. `sums` is valid until the visitor is done.
   */
  readonly sumByLabel: (
    counts: Uint32Array,
    columns: number,
    labellings: ReadonlyArray<ArrayLike<number>>,
    labels: number,
    visit: (sums: Uint32Array, n: number) => void
  ) => void
  /**
   * `[row * columns + column]` is 1 where the count is one of the `n` greatest of its row (`n` is 1 to `columns`); ties go
   * to the column that stands first in `order`.
   */
  readonly topOfRows: (counts: Uint32Array, columns: number, order: Uint32Array, n: number) => Uint8Array
  /** Sums of vectors of `size` counts, at most 32: one sum for each of `masks`, over the vectors of its bits. */
  readonly subsetSums: (vectors: Uint32Array, size: number, masks: Uint32Array) => ReadonlyArray<Uint32Array>
  /** `thinned` of `@moira/core/statistics` by the random numbers of a seed. */
  readonly thinned: (counts: Uint32Array, share: number, seed: number) => Uint32Array
  /**
   * Batches of `batch` consecutive requests decode side by side: at each step the requests still decoding use their
   * experts, in order of request and of rank, each expert once a step. `visit(b, uses, depths)` is called for each full
   * batch, `depths[n - 1]` being its uses at depth n; valid until the visitor is done. `sideOf[b]` is 0 or 1.
   */
  readonly reuse: (
    rows: DecodeRows,
    batch: number,
    sideOf: Uint8Array,
    visit: (b: number, uses: number, depths: Uint32Array) => void
  ) => ReuseTotals
}

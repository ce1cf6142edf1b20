/** Pairs of experts that one token selects, by who chooses and who judges. */
import type { LayerSelections } from "@moira/trace"
import { chunkHasHoles, countingKernels, type PairPart } from "@moira/trace/kernels"
import { symmetric } from "./kernels.ts"
import type { Settings } from "./options.ts"

/** Symmetric counts of the tokens that select both i and j. */
export interface PairMatrices {
  readonly all: Uint32Array
  /** Of the requests that are not held out. */
  readonly train: Uint32Array
  /** Of the first half of the tasks; undefined where there is one task. */
  readonly firstHalf: Uint32Array | undefined
}

/** Runs of rows of consecutive requests of one cell: held out or not, and half of the tasks. */
const runsOf = ({ offsets, requests, firstRequest }: LayerSelections, cellOf: (request: number) => number) => {
  const runs: Array<number> = []
  for (let r = 0; r < requests; r++) {
    const rows = offsets[r + 1]! - offsets[r]!
    const cell = cellOf(firstRequest + r)
    const size = runs.length
    if (size > 0 && runs[size - 1] === cell) runs[size - 2]! += rows
    else runs.push(offsets[r]!, rows, cell)
  }
  return Uint32Array.from(runs)
}

/** Counts each pair once; the matrices are sums of those of the cells. */
export const coactivation = (
  chunks: ReadonlyArray<LayerSelections>,
  { heldOut, tasks }: Pick<Settings, "heldOut" | "tasks">
): PairMatrices => {
  const { experts } = chunks[0]!
  const cellOf = (request: number) => heldOut[request]! + 2 * (tasks === undefined ? 0 : tasks.halfOf[request]!)
  const parts = chunks.map((chunk): PairPart => ({
    ids: chunk.ids,
    shape: { topK: chunk.topK, experts, holes: chunkHasHoles(chunk) },
    runs: runsOf(chunk, cellOf)
  }))
  // Bits of cells: all, those that are not held out, those of the first half.
  const masks = Uint32Array.of(0b1111, 0b0101, 0b0011).subarray(0, tasks === undefined ? 2 : 3)
  const [all, train, firstHalf] = countingKernels()
    .pairSums(parts, experts, 4, masks)
    .map((ordered) => symmetric(ordered, experts))
  return { all: all!, train: train!, firstHalf }
}

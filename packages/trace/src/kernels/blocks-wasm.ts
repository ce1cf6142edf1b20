/** Hands ids and runs over to WebAssembly a block at a time, so that its memory holds little beside matrices. */
import type { WasmModule } from "./wasm-module.ts"

/** Ids copied at a time: a block is counted while it is still in cache, so copying costs little beside counting. */
export const blockIds = 1 << 16

/** Rows that the runs of a block have in all, at most: no more than a cell of 16 bits counts. */
export const maxBlockRows = 0xffff

/** Bytes of two blocks of ids and a block's runs. */
export const roomForBlocks = (topK: number): number => 4 * blockIds + 16 * Math.floor(blockIds / topK)

/** Where two blocks of ids and a block's runs lie from an address on. */
export const blocksAt = (at: number) => [at, at + 2 * blockIds, at + 4 * blockIds] as const

/** Runs cut to at most a block's rows each, so that every run fits one. */
const cutRuns = (runs: Uint32Array, rows: number): Uint32Array => {
  let longest = 0
  for (let r = 2; r < runs.length; r += 4) longest = Math.max(longest, runs[r]!)
  if (longest <= rows) return runs
  const out: Array<number> = []
  for (let r = 0; r < runs.length; r += 4) {
    const [a, b, count, into] = [runs[r]!, runs[r + 1]!, runs[r + 2]!, runs[r + 3]!]
    for (let t = 0; t < count; t += rows) out.push(a + t, b + t, Math.min(rows, count - t), into)
  }
  return Uint32Array.from(out)
}

/**
 * Hands runs over in blocks: `count(x, y, runs)` with the addresses of a block's rows of `a` and of `b`, and its runs,
 * numbered from there, which lie at the third address. A block is of consecutive runs whose rows lie near one another.
 */
export const inBlocks = (
  { u16, u32 }: WasmModule,
  a: Uint16Array,
  b: Uint16Array,
  topK: number,
  all: Uint32Array,
  [blockA, blockB, runsAt]: readonly [number, number, number],
  count: (x: number, y: number, runs: Uint32Array) => void
): void => {
  const rows = Math.floor(blockIds / topK)
  const runs = cutRuns(all, Math.min(rows, maxBlockRows))
  const [idsA, idsB] = [u16(blockA, rows * topK), u16(blockB, rows * topK)]
  const out = u32(runsAt, 4 * rows)
  for (let r = 0; r < runs.length;) {
    let [fromA, toA, fromB, toB] = [runs[r]!, 0, runs[r + 1]!, 0]
    let [n, total] = [0, 0]
    for (; r < runs.length && n < rows; r += 4, n++) {
      const [x, y, size] = [runs[r]!, runs[r + 1]!, runs[r + 2]!]
      // Rows only grow within a block, so the first run says where it starts.
      if (x < fromA || y < fromB || x + size - fromA > rows || y + size - fromB > rows) break
      if (total + size > maxBlockRows) break
      total += size
      toA = Math.max(toA, x + size)
      toB = Math.max(toB, y + size)
      out[4 * n] = x - fromA
      out[4 * n + 1] = y - fromB
      out[4 * n + 2] = size
      out[4 * n + 3] = runs[r + 3]!
    }
    idsA.set(a.subarray(fromA * topK, toA * topK))
    idsB.set(b.subarray(fromB * topK, toB * topK))
    count(blockA, blockB, out.subarray(0, 4 * n))
  }
}

/** Hands runs of three numbers over, cut to blocks of ids: `visit(address of the first row, rows, third number)`. */
export const inRuns = (
  { u16 }: WasmModule,
  ids: Uint16Array,
  topK: number,
  runs: Uint32Array,
  block: number,
  visit: (address: number, rows: number, target: number) => void
): void => {
  const most = Math.min(maxBlockRows, Math.floor(blockIds / topK))
  const held = u16(block, most * topK)
  let [from, to] = [0, 0]
  for (let r = 0; r < runs.length; r += 3) {
    const end = runs[r]! + runs[r + 1]!
    for (let row = runs[r]!; row < end;) {
      if (row < from || row >= to) {
        ;[from, to] = [row, Math.min(row + most, Math.ceil(ids.length / topK))]
        held.set(ids.subarray(from * topK, to * topK))
      }
      const rows = Math.min(end, to) - row
      visit(block + 2 * (row - from) * topK, rows, runs[r + 2]!)
      row += rows
    }
  }
}

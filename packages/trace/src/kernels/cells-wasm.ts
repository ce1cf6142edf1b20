/**
 * Cells of counts in WebAssembly's memory, of which sums are taken. Rows of eight different experts are counted in 16 bits a
 * cell, half of the memory; all others in 32.
 */
import { blocksAt, inBlocks, inRuns, maxBlockRows, roomForBlocks } from "./blocks-wasm.ts"
import type { IdShape, JointPart, PairPart } from "./counting.ts"
import type { WasmModule } from "./wasm-module.ts"

/** What is counted: how many cells, and which of them each sum is of. */
export interface Cells {
  readonly experts: number
  readonly cells: number
  readonly masks: Uint32Array
  /** What each sum has already; nothing where left out. */
  readonly from?: ReadonlyArray<Uint32Array>
}

type Sums = ReadonlyArray<Uint32Array>

const isNarrow = ({ topK, holes }: IdShape): boolean => topK === 8 && !holes

const padded = (bytes: number): number => Math.ceil(bytes / 16) * 16

const makeCells = (module: WasmModule) => {
  const { wasm, room, u32 } = module

  /** Memory for the cells of `bytes` a count, sums, masks and `extra` bytes: addresses, everything at its start. */
  const lay = ({ experts, cells, masks, from }: Cells, bytes: number, extra: number) => {
    // Sums are added to in steps of eight cells.
    const [size, sumSize] = [padded(bytes * experts ** 2), 2 * padded(2 * experts ** 2)]
    const [at, sumsAt, masksAt, extraAt] = room([cells * size, masks.length * sumSize, 4 * masks.length, extra]) as [
      number,
      number,
      number,
      number
    ]
    wasm.clear(at, cells * size)
    wasm.clear(sumsAt, masks.length * sumSize)
    for (const [n, sum] of (from ?? []).entries()) u32(sumsAt + n * sumSize, sum.length).set(sum)
    u32(masksAt, masks.length).set(masks)
    const take = (): Sums => Array.from(masks, (_, n) => u32(sumsAt + n * sumSize, experts ** 2).slice())
    return { at, size, sumsAt, sumSize, masksAt, extraAt, take }
  }

  /** In 32 bits a cell: `count(address of the cells, bytes of each, address of what was asked for)`. */
  const wide = (of: Cells, extra: number, count: (at: number, size: number, extraAt: number) => void): Sums => {
    const { at, size, sumsAt, sumSize, masksAt, extraAt, take } = lay(of, 4, extra)
    count(at, size, extraAt)
    wasm.sumMatrices(at, size, masksAt, of.masks.length, sumsAt, sumSize)
    return take()
  }

  /**
   * In 16 bits: `add(cell, rows)` is to be called before rows are counted, no more than {@link maxBlockRows} of them between two calls of
   * `ready`, which makes room for the rows added since. Undefined where some cell ran over, as rows have an expert twice.
   */
  const narrow = (
    of: Cells,
    extra: number,
    countsOfRow: number,
    count: (
      at: number,
      size: number,
      extraAt: number,
      add: (cell: number, rows: number) => void,
      ready: () => void
    ) => void
  ): Sums | undefined => {
    const { at, size, sumsAt, sumSize, masksAt, extraAt, take } = lay(of, 2, extra)
    const counted = new Float64Array(of.cells)
    const coming = new Float64Array(of.cells)
    let ranOver = false
    const sumUp = (): void => {
      let rows = 0
      for (let cell = 0; cell < of.cells; cell++) rows += counted[cell]!
      if (wasm.totalNarrow(at, of.cells * size) >>> 0 !== (rows * countsOfRow) % 2 ** 32) ranOver = true
      wasm.sumNarrow(at, of.experts ** 2, masksAt, of.masks.length, sumsAt, sumSize)
      counted.fill(0)
    }
    const ready = (): void => {
      let full = false
      for (let cell = 0; cell < of.cells; cell++) if (counted[cell]! + coming[cell]! > maxBlockRows) full = true
      if (full) {
        sumUp()
        wasm.clear(at, of.cells * size)
      }
      for (let cell = 0; cell < of.cells; cell++) counted[cell]! += coming[cell]!
      coming.fill(0)
    }
    count(at, size, extraAt, (cell, rows) => (coming[cell]! += rows), ready)
    sumUp()
    return ranOver ? undefined : take()
  }

  const joint = (parts: ReadonlyArray<JointPart>, of: Cells): Sums => {
    const extra = parts.reduce((most, { shape }) => Math.max(most, roomForBlocks(shape.topK)), 0)
    const sums = parts.every(({ shape }) => isNarrow(shape))
      ? narrow(of, extra, 64, (at, _, extraAt, add, ready) => {
          const blocks = blocksAt(extraAt)
          for (const { a, b, shape, runs } of parts)
            inBlocks(module, a, b, shape.topK, runs, blocks, (x, y, list) => {
              for (let r = 0; r < list.length; r += 4) add(list[r + 3]!, list[r + 2]!)
              ready()
              wasm.jointNarrow(x, y, of.experts, blocks[2], list.length / 4, at)
            })
        })
      : undefined
    if (sums !== undefined) return sums
    return wide(of, extra, (at, _, extraAt) => {
      const blocks = blocksAt(extraAt)
      for (const { a, b, shape, runs } of parts)
        inBlocks(module, a, b, shape.topK, runs, blocks, (x, y, list) =>
          wasm.joint(x, y, shape.topK, of.experts, shape.holes ? 1 : 0, blocks[2], list.length / 4, at)
        )
    })
  }

  const pairs = (parts: ReadonlyArray<PairPart>, of: Cells): Sums => {
    const extra = roomForBlocks(8)
    const sums = parts.every(({ shape }) => isNarrow(shape))
      ? narrow(of, extra, 28, (at, size, block, add, ready) => {
          for (const { ids, shape, runs } of parts)
            inRuns(module, ids, shape.topK, runs, block, (rowsAt, rows, cell) => {
              add(cell, rows)
              ready()
              wasm.pairsNarrow(rowsAt, rows, of.experts, at + cell * size)
            })
        })
      : undefined
    if (sums !== undefined) return sums
    return wide(of, extra, (at, size, block) => {
      for (const { ids, shape, runs } of parts)
        inRuns(module, ids, shape.topK, runs, block, (rowsAt, rows, cell) =>
          wasm.pairs(rowsAt, rows, shape.topK, of.experts, shape.holes ? 1 : 0, at + cell * size)
        )
    })
  }
  return { joint, pairs }
}

export type CellKernels = ReturnType<typeof makeCells>

export const cellKernels = (module: WasmModule): CellKernels => makeCells(module)

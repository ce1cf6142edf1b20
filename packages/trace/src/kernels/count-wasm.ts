/**
 * Counting in WebAssembly (source: `assembly/kernels.as`). Ids are copied into the module's
 * memory a block at a time, so that it holds some matrices and little else, however long the trace is.
 */
import { jsKernels } from "./count-js.ts"
import type { CountingKernels } from "./counting.ts"
import { type WasmModule, wasmModule } from "./wasm-module.ts"

/** Ids copied at a time: a block is counted while it is still in cache, so copying costs little beside counting. */
const blockIds = 1 << 16

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

const makeWasmKernels = ({ wasm, room, u8, u16, u32 }: WasmModule): CountingKernels => {
  /** Puts arrays one after the other, with `extra` bytes behind them: their addresses and its. */
  const put = (arrays: ReadonlyArray<Uint8Array | Uint32Array>, extra: number): ReadonlyArray<number> => {
    const at = room([...arrays.map(({ byteLength }) => byteLength), extra])
    for (const [n, array] of arrays.entries()) {
      if (array instanceof Uint32Array) u32(at[n]!, array.length).set(array)
      else u8(at[n]!, array.length).set(array)
    }
    return at
  }
  const take = (into: Uint32Array, at: number): void => into.set(u32(at, into.length))

  /**
   * Hands runs over in blocks: `count(x, y, runs)` with the addresses of a block's rows of `a` and of `b`, and how many
   * runs, numbered from there, lie at `runsAt`. A block is of consecutive runs whose rows lie near one another.
   */
  const inBlocks = (
    a: Uint16Array,
    b: Uint16Array,
    topK: number,
    all: Uint32Array,
    [blockA, blockB, runsAt]: readonly [number, number, number],
    count: (x: number, y: number, runs: number) => void
  ): void => {
    const rows = Math.floor(blockIds / topK)
    const runs = cutRuns(all, rows)
    const [idsA, idsB] = [u16(blockA, rows * topK), u16(blockB, rows * topK)]
    const out = u32(runsAt, 4 * rows)
    for (let r = 0; r < runs.length;) {
      let [fromA, toA, fromB, toB] = [runs[r]!, 0, runs[r + 1]!, 0]
      let n = 0
      for (; r < runs.length && n < rows; r += 4, n++) {
        const [x, y, size] = [runs[r]!, runs[r + 1]!, runs[r + 2]!]
        // Rows only grow within a block, so the first run says where it starts.
        if (x < fromA || y < fromB || x + size - fromA > rows || y + size - fromB > rows) break
        toA = Math.max(toA, x + size)
        toB = Math.max(toB, y + size)
        out[4 * n] = x - fromA
        out[4 * n + 1] = y - fromB
        out[4 * n + 2] = size
        out[4 * n + 3] = runs[r + 3]!
      }
      idsA.set(a.subarray(fromA * topK, toA * topK))
      idsB.set(b.subarray(fromB * topK, toB * topK))
      count(blockA, blockB, n)
    }
  }
  /** Bytes of two blocks of ids and a block's runs, and where they lie from an address on. */
  const roomFor = (topK: number) => 4 * blockIds + 16 * Math.floor(blockIds / topK)
  const blocksAt = (at: number) => [at, at + 2 * blockIds, at + 4 * blockIds] as const

  /** Hands runs of three numbers over, cut to blocks of ids: `visit(address of the first row, rows, third number)`. */
  const inRuns = (
    ids: Uint16Array,
    topK: number,
    runs: Uint32Array,
    block: number,
    visit: (address: number, rows: number, target: number) => void
  ): void => {
    const most = Math.floor(blockIds / topK)
    const room16 = u16(block, most * topK)
    let [from, to] = [0, 0]
    for (let r = 0; r < runs.length; r += 3) {
      const end = runs[r]! + runs[r + 1]!
      for (let row = runs[r]!; row < end;) {
        if (row < from || row >= to) {
          ;[from, to] = [row, Math.min(row + most, Math.ceil(ids.length / topK))]
          room16.set(ids.subarray(from * topK, to * topK))
        }
        const rows = Math.min(end, to) - row
        visit(block + 2 * (row - from) * topK, rows, runs[r + 2]!)
        row += rows
      }
    }
  }

  /** Counts into `cells` zeroed matrices and gives the sums of masks. */
  const sums = (
    experts: number,
    cells: number,
    masks: Uint32Array,
    extra: number,
    count: (matrices: number, size: number, extraAt: number) => void
  ): ReadonlyArray<Uint32Array> => {
    const size = Math.ceil((4 * experts * experts) / 16) * 16
    const [matrices, out, masksAt, extraAt] = room([cells * size, masks.length * size, masks.byteLength, extra]) as [
      number,
      number,
      number,
      number
    ]
    wasm.clear(matrices, cells * size)
    count(matrices, size, extraAt)
    u32(masksAt, masks.length).set(masks)
    wasm.sumMatrices(matrices, size, masksAt, masks.length, out)
    return Array.from(masks, (_, n) => u32(out + n * size, experts * experts).slice())
  }

  return {
    engine: "wasm",
    joint: (a, b, { topK, experts, holes }, runs, into) => {
      const at = put(into, roomFor(topK))
      const blocks = blocksAt(at.at(-1)!)
      inBlocks(a, b, topK, runs, blocks, (x, y, n) =>
        wasm.joint(x, y, topK, experts, holes ? 1 : 0, blocks[2], n, at[0]!)
      )
      for (const [n, matrix] of into.entries()) take(matrix, at[n]!)
    },
    judge: (a, b, { topK, experts }, runs, { chosen, popular, top }, answers) => {
      const [c, p, out, extra] = put([chosen, popular, answers], roomFor(topK))
      const blocks = blocksAt(extra!)
      inBlocks(a, b, topK, runs, blocks, (x, y, n) => wasm.judge(x, y, topK, experts, blocks[2], n, c!, p!, top, out!))
      take(answers, out!)
    },
    pairs: (ids, { topK, experts, holes }, into) => {
      const [matrix, block] = put([into], 2 * blockIds) as [number, number]
      inRuns(ids, topK, Uint32Array.of(0, ids.length / topK, 0), block, (at, rows) =>
        wasm.pairs(at, rows, topK, experts, holes ? 1 : 0, matrix)
      )
      take(into, matrix)
    },
    jointSums: (parts, experts, cells, masks) => {
      const extra = parts.reduce((most, { shape }) => Math.max(most, roomFor(shape.topK)), 0)
      return sums(experts, cells, masks, extra, (matrices, _, extraAt) => {
        const blocks = blocksAt(extraAt)
        for (const { a, b, shape, runs } of parts) {
          inBlocks(a, b, shape.topK, runs, blocks, (x, y, n) =>
            wasm.joint(x, y, shape.topK, experts, shape.holes ? 1 : 0, blocks[2], n, matrices)
          )
        }
      })
    },
    pairSums: (parts, experts, cells, masks) =>
      sums(experts, cells, masks, 2 * blockIds, (matrices, size, block) => {
        for (const { ids, shape, runs } of parts) {
          inRuns(ids, shape.topK, runs, block, (at, rows, cell) =>
            wasm.pairs(at, rows, shape.topK, experts, shape.holes ? 1 : 0, matrices + cell * size)
          )
        }
      }),
    markedPairs: (ids, shape, runs, marked, answers) => {
      const { topK, experts, holes } = shape
      // Four counts of a byte each are added at once.
      if ((topK * (topK - 1)) / 2 > 255) return jsKernels.markedPairs(ids, shape, runs, marked, answers)
      const [marks, out, block] = put([marked, answers], 2 * blockIds + 4 * experts ** 2) as [number, number, number]
      const table = block + 2 * blockIds
      wasm.packMarks(marks, experts, table)
      inRuns(ids, topK, runs, block, (at, rows, answer) =>
        wasm.markedPairs(at, rows, topK, experts, holes ? 1 : 0, table, out + 16 * answer)
      )
      take(answers, out)
    }
  }
}

let kernels: CountingKernels | undefined

/** The kernels of this thread, made at first use; undefined where there is no WebAssembly with vectors. */
export const wasmKernels = (): CountingKernels | undefined => {
  const module = wasmModule()
  if (kernels === undefined && module !== undefined) kernels = makeWasmKernels(module)
  return kernels
}

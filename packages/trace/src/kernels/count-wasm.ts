/**
 * Counting in WebAssembly (sources: `assembly/kernels.as` and `narrow.as`). Ids are copied into the module's memory a block
 * at a time, so that it holds some matrices and little else, however long the trace is.
 */
import { blockIds, blocksAt, inBlocks, inRuns, roomForBlocks } from "./blocks-wasm.ts"
import { cellKernels } from "./cells-wasm.ts"
import { jsKernels } from "./count-js.ts"
import type { CountingKernels } from "./counting.ts"
import { type WasmModule, wasmModule } from "./wasm-module.ts"

/** Matrices that are counted into at a time: as many as a mask has bits. */
const maxMatrices = 31

const makeWasmKernels = (module: WasmModule): CountingKernels => {
  const { wasm, room, u8, u32 } = module
  const cells = cellKernels(module)
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
  /** One cell a matrix, which keeps what it has. */
  const each = (into: ReadonlyArray<Uint32Array>, experts: number) => ({
    experts,
    cells: into.length,
    masks: Uint32Array.from(into, (_, n) => 1 << n),
    from: into
  })

  return {
    engine: "wasm",
    joint: (a, b, shape, runs, into) => {
      if (into.length > maxMatrices) return jsKernels.joint(a, b, shape, runs, into)
      const sums = cells.joint([{ a, b, shape, runs }], each(into, shape.experts))
      for (const [n, matrix] of into.entries()) matrix.set(sums[n]!)
    },
    judge: (a, b, { topK, experts, holes }, runs, { chosen, popular, top }, answers) => {
      const [c, p, out, extra] = put([chosen, popular, answers], roomForBlocks(topK)) as [
        number,
        number,
        number,
        number
      ]
      const blocks = blocksAt(extra)
      inBlocks(module, a, b, topK, runs, blocks, (x, y, list) => {
        if (topK === 8 && !holes) wasm.judge8(x, y, experts, blocks[2], list.length / 4, c, p, top, out)
        else wasm.judge(x, y, topK, experts, blocks[2], list.length / 4, c, p, top, out)
      })
      take(answers, out)
    },
    pairs: (ids, shape, into) => {
      const runs = Uint32Array.of(0, ids.length / shape.topK, 0)
      into.set(cells.pairs([{ ids, shape, runs }], each([into], shape.experts))[0]!)
    },
    jointSums: (parts, experts, count, masks) => cells.joint(parts, { experts, cells: count, masks }),
    pairSums: (parts, experts, count, masks) => cells.pairs(parts, { experts, cells: count, masks }),
    markedPairs: (ids, shape, runs, marked, answers) => {
      const { topK, experts, holes } = shape
      // Four counts of a byte each are added at once.
      if ((topK * (topK - 1)) / 2 > 255) return jsKernels.markedPairs(ids, shape, runs, marked, answers)
      const [marks, out, block] = put([marked, answers], 2 * blockIds + 4 * experts ** 2) as [number, number, number]
      const table = block + 2 * blockIds
      wasm.packMarks(marks, experts, table)
      inRuns(module, ids, topK, runs, block, (at, rows, answer) =>
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

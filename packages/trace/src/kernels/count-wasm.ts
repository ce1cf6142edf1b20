/**
 * Counting in WebAssembly (source: `assembly/kernels.as`). Ids are copied into the module's
 * memory a block at a time, so that it holds some matrices and little else, however long the trace is.
 */
import type { CountingKernels } from "./counting.ts"
import { kernelsWasm } from "./kernels.wasm.ts"

/** The little of WebAssembly used here; its types are otherwise only in the browser's library. */
interface WasmApi {
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number }
  readonly joint: (...numbers: ReadonlyArray<number>) => void
  readonly judge: (...numbers: ReadonlyArray<number>) => void
  readonly pairs: (...numbers: ReadonlyArray<number>) => void
}

const page = 1 << 16

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

const makeWasmKernels = (wasm: Exports): CountingKernels => {
  /** Puts arrays one after the other from the second page on, with `room` bytes behind them: their addresses and its. */
  const put = (arrays: ReadonlyArray<Uint8Array | Uint32Array>, room: number): ReadonlyArray<number> => {
    let end = page
    const at = [...arrays.map(({ byteLength }) => byteLength), room].map((bytes) => {
      const start = end
      end = Math.ceil((end + bytes) / 16) * 16
      return start
    })
    const missing = end - wasm.memory.buffer.byteLength
    if (missing > 0) wasm.memory.grow(Math.ceil(missing / page))
    const { buffer } = wasm.memory
    for (const [n, array] of arrays.entries()) {
      if (array instanceof Uint32Array) new Uint32Array(buffer, at[n], array.length).set(array)
      else new Uint8Array(buffer, at[n], array.length).set(array)
    }
    return at
  }
  const take = (into: Uint32Array, at: number): void => into.set(new Uint32Array(wasm.memory.buffer, at, into.length))

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
    const { buffer } = wasm.memory
    const rows = Math.floor(blockIds / topK)
    const runs = cutRuns(all, rows)
    const [idsA, idsB] = [new Uint16Array(buffer, blockA, rows * topK), new Uint16Array(buffer, blockB, rows * topK)]
    const out = new Uint32Array(buffer, runsAt, 4 * rows)
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
      const [c, p, out, room] = put([chosen, popular, answers], roomFor(topK))
      const blocks = blocksAt(room!)
      inBlocks(a, b, topK, runs, blocks, (x, y, n) => wasm.judge(x, y, topK, experts, blocks[2], n, c!, p!, top, out!))
      take(answers, out!)
    },
    pairs: (ids, { topK, experts, holes }, into) => {
      const [matrix, block] = put([into], 2 * blockIds)
      const step = blockIds - (blockIds % topK)
      const room = new Uint16Array(wasm.memory.buffer, block, step)
      for (let from = 0; from < ids.length; from += step) {
        const part = ids.subarray(from, from + step)
        room.set(part)
        wasm.pairs(block!, part.length / topK, topK, experts, holes ? 1 : 0, matrix!)
      }
      take(into, matrix!)
    }
  }
}

const bytesOfBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))

let kernels: CountingKernels | undefined

/** The kernels of this thread, made at first use; undefined where there is no WebAssembly. */
export const wasmKernels = (): CountingKernels | undefined => {
  const api = (globalThis as { readonly WebAssembly?: WasmApi }).WebAssembly
  if (kernels !== undefined || api === undefined) return kernels
  const instance = new api.Instance(new api.Module(bytesOfBase64(kernelsWasm)))
  kernels = makeWasmKernels(instance.exports as Exports)
  return kernels
}

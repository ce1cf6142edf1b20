/** The WebAssembly module of the kernels (source: `assembly/kernels.as`) and the memory that they share. */
import { kernelsWasm } from "./kernels.wasm.ts"

/** The little of WebAssembly used here; its types are otherwise only in the browser's library. */
interface WasmApi {
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
  readonly validate: (code: Uint8Array) => boolean
}

type Numbers = (...numbers: ReadonlyArray<number>) => void
type Names =
  | "clear"
  | "divergences"
  | "entropies"
  | "joint"
  | "jointNarrow"
  | "judge"
  | "judge8"
  | "markedPairs"
  | "markTop"
  | "meanEntropies"
  | "packMarks"
  | "pairs"
  | "pairsNarrow"
  | "reuse"
  | "shares"
  | "sumByLabel"
  | "sumMatrices"
  | "sumNarrow"
  | "thin"

export type WasmExports = Readonly<Record<Names, Numbers>> & {
  readonly totalNarrow: (matrices: number, bytes: number) => number
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number }
}

const page = 1 << 16

export interface WasmModule {
  readonly wasm: WasmExports
  /** Addresses of so many bytes each, multiples of 16 from the second page on; memory of an earlier call is given anew. */
  readonly room: (sizes: ReadonlyArray<number>) => ReadonlyArray<number>
  readonly u16: (at: number, length: number) => Uint16Array
  readonly u32: (at: number, length: number) => Uint32Array
  readonly f64: (at: number, length: number) => Float64Array
  readonly u8: (at: number, length: number) => Uint8Array
}

const moduleOf = (wasm: WasmExports): WasmModule => ({
  wasm,
  room: (sizes) => {
    let end = page
    const at = sizes.map((bytes) => {
      const start = end
      end = Math.ceil((end + bytes) / 16) * 16
      return start
    })
    const missing = end - wasm.memory.buffer.byteLength
    if (missing > 0) wasm.memory.grow(Math.ceil(missing / page))
    return at
  },
  u8: (at, length) => new Uint8Array(wasm.memory.buffer, at, length),
  u16: (at, length) => new Uint16Array(wasm.memory.buffer, at, length),
  u32: (at, length) => new Uint32Array(wasm.memory.buffer, at, length),
  f64: (at, length) => new Float64Array(wasm.memory.buffer, at, length)
})

const bytesOfBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))

let made: WasmModule | undefined

/** The module of this thread, made at first use; undefined where there is no WebAssembly with vectors. */
export const wasmModule = (): WasmModule | undefined => {
  const api = (globalThis as { readonly WebAssembly?: WasmApi }).WebAssembly
  if (made !== undefined || api === undefined) return made
  const code = bytesOfBase64(kernelsWasm)
  if (!api.validate(code)) return undefined
  made = moduleOf(new api.Instance(new api.Module(code)).exports as WasmExports)
  return made
}

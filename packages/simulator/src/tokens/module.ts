/** The WebAssembly module of `assembly/tokens.as`: compiled once, an instance with memory of its own for each counter. */
import { pageBytes } from "./layout.ts"
import { tokensWasm } from "./tokens.wasm.ts"

/** The little of WebAssembly used here; its types are otherwise only in the browser's library. */
interface WasmApi {
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
  readonly validate: (code: Uint8Array) => boolean
}

type Kernel = (...numbers: ReadonlyArray<number>) => void

export interface TokenModule {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number }
  readonly mask: Kernel
  readonly bits: Kernel
  readonly scatter: Kernel
  readonly count: Kernel
}

/** Counters that need more memory than this are plain loops: what they count into no cache holds anyway. */
const maxBytes = 1 << 28

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly?: WasmApi }

let compiled: object | null | undefined

/** Compiled when first asked for; null where that is not to be had. */
const moduleOf = (): object | null => {
  if (compiled !== undefined) return compiled
  const code = Uint8Array.from(atob(tokensWasm), (char) => char.charCodeAt(0))
  return (compiled = WebAssembly?.validate(code) === true ? new WebAssembly.Module(code) : null)
}

/** An instance with so much memory; undefined where there is no WebAssembly with vectors, or not enough memory. */
export const instantiate = (bytes: number): TokenModule | undefined => {
  const module = bytes > maxBytes ? null : moduleOf()
  if (module === null) return undefined
  try {
    const wasm = new WebAssembly!.Instance(module).exports as TokenModule
    const missing = bytes - wasm.memory.buffer.byteLength
    if (missing > 0) wasm.memory.grow(Math.ceil(missing / pageBytes))
    return wasm
  } catch (cause) {
    if (cause instanceof RangeError) return undefined
    throw cause
  }
}

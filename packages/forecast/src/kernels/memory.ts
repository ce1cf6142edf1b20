/** The WebAssembly of forecasts (sources: `assembly/`) and the one memory that it works in: a stack, kept by whoever runs it. */
import { forecastWasm } from "./forecast.wasm.ts"

/** The little of WebAssembly used here; its types are otherwise only in the browser's library. */
interface WasmApi {
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
  readonly validate: (code: Uint8Array) => boolean
}

type Call = (...numbers: ReadonlyArray<number>) => number

/** What `assembly/forecast.as` exports; addresses, counts and numbers, as the sources say. */
export interface Kernels {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number }
  readonly addLogs: Call
  readonly best: Call
  readonly exp: Call
  readonly heatmapMean: Call
  readonly heatmapProduct: Call
  readonly judgeToken: Call
  readonly log2: Call
  readonly mixRows: Call
  readonly mixtureRounds: Call
  readonly productRows: Call
  readonly sampleRow: Call
  readonly serve: Call
  readonly slopeSums: Call
  readonly soundScores: Call
}

/** What was taken from the memory in one piece of work; not alive once that has ended. */
export interface MemoryScope {
  readonly alive: boolean
}

/** Views of the whole memory, which are others once it has grown: not to be kept. */
export interface KernelMemory {
  readonly call: Kernels
  readonly buffer: ArrayBuffer
  readonly f64: Float64Array
  readonly f32: Float32Array
  readonly u32: Uint32Array
  readonly u16: Uint16Array
  /** The innermost piece of work; nothing where there is none, and then only {@link KernelMemory.borrow} gives memory. */
  readonly scope: MemoryScope | undefined
  /** Zeroed bytes at an address that 16 divides, until the scope ends; 0 where the memory may not grow and has no more. */
  readonly take: (bytes: number) => number
  /** So many bytes more may be taken; beyond them the memory does not grow until the scope ends, so that arrays in it stay. */
  readonly seal: (bytes: number) => void
  /** Runs plain code with bytes that are free again after it; undefined where there are none. */
  readonly borrow: <A>(bytes: number, use: (at: number) => A) => A | undefined
  /** Runs plain code in a scope. */
  readonly inScope: <A>(use: (scope: MemoryScope) => A) => A
}

const pageBytes = 1 << 16
/** Memory that is never asked for: beyond it all is done in plain loops. */
const maxBytes = 1 << 30

const makeMemory = (call: Kernels): KernelMemory => {
  let top = pageBytes
  let seals = 0
  let scope: MemoryScope | undefined
  const views = (buffer: ArrayBuffer) => ({
    buffer,
    f64: new Float64Array(buffer),
    f32: new Float32Array(buffer),
    u32: new Uint32Array(buffer),
    u16: new Uint16Array(buffer)
  })

  const reach = (end: number): boolean => {
    const missing = end - memory.buffer.byteLength
    if (missing <= 0) return true
    if (seals > 0 || end > maxBytes) return false
    // A little more than asked for: every growth makes new views.
    const pages = Math.ceil(Math.max(missing, memory.buffer.byteLength / 4) / pageBytes)
    try {
      call.memory.grow(pages)
    } catch {
      return false
    }
    Object.assign(memory, views(call.memory.buffer))
    return true
  }

  const take = (bytes: number): number => {
    const at = top
    const end = Math.ceil((at + bytes) / 16) * 16
    if (!reach(end)) return 0
    top = end
    memory.f64.fill(0, at / 8, end / 8)
    return at
  }

  const memory: KernelMemory = {
    call,
    ...views(call.memory.buffer),
    scope,
    take: (bytes) => (memory.scope === undefined ? 0 : take(bytes)),
    seal: (bytes) => {
      reach(top + bytes)
      seals++
    },
    borrow: (bytes, use) => {
      const mark = top
      const at = take(bytes)
      if (at === 0) return undefined
      try {
        return use(at)
      } finally {
        top = mark
      }
    },
    inScope: (use) => {
      const before = { top, seals, scope }
      const own = { alive: true }
      scope = own
      Object.assign(memory, { scope })
      try {
        return use(own)
      } finally {
        own.alive = false
        ;({ top, seals, scope } = before)
        Object.assign(memory, { scope })
      }
    }
  }
  return memory
}

let made: { readonly memory: KernelMemory | undefined } | undefined

const make = (): KernelMemory | undefined => {
  const { WebAssembly } = globalThis as unknown as { readonly WebAssembly?: WasmApi }
  if (WebAssembly === undefined) return undefined
  const code = Uint8Array.from(atob(forecastWasm), (char) => char.charCodeAt(0))
  if (!WebAssembly.validate(code)) return undefined
  try {
    return makeMemory(new WebAssembly.Instance(new WebAssembly.Module(code)).exports as Kernels)
  } catch {
    return undefined
  }
}

/** The memory of this thread, made when first asked for; undefined where there is no WebAssembly with vectors. */
export const kernelMemory = (): KernelMemory | undefined => (made ??= { memory: make() }).memory

/** Runs plain code as where there is no WebAssembly: what kernels are tested and measured against. */
export const withoutKernels = <A>(use: () => A): A => {
  const before = made
  made = { memory: undefined }
  try {
    return use()
  } finally {
    made = before
  }
}

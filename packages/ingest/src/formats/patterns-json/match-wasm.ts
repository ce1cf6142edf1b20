/** Speculation in WebAssembly with SIMD (source: `assembly/match.as`), and the memory it shares with the strict machine. */
import { type FileOrder, toLayerMajor } from "./layer-major.ts"
import { matcherWasm } from "./matcher.wasm.ts"
import type { Matcher, Slot } from "./speculation.ts"
import { maxRows, maxText, type Template } from "./template.ts"
import { slack, type Workspace } from "./workspace.ts"

/** The little of WebAssembly used here; its types are otherwise only in the browser's library. */
interface WasmApi {
  readonly validate: (code: Uint8Array) => boolean
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

const wasmApi = (globalThis as { readonly WebAssembly?: WasmApi }).WebAssembly

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number }
  readonly match: (template: number, at: number, ids: number, room: number, experts: number) => number
  readonly end: () => number
  readonly gather: (from: number, stride: number, bytes: number, rows: number, to: number) => void
}

// Memory: [0, templates) is the module's own, then two templates, the file, its slack, ids in file order, the same sorted.
const page = 1 << 16
const templates = 5 * page
const headerWords = 8
const slotBytes = 4 * (headerWords + maxRows + 1) + maxText + 4 * slack
const fileAt = Math.ceil((templates + 2 * slotBytes) / page) * page

/**
 * Larger files may not fit 4 GiB of WebAssembly memory together with their ids, of which the most compact text has one
 * for two bytes: up to twice as much room as needed, and that twice.
 */
export const maxWasmBytes = 1 << 29

const comma = 44

let module: object | undefined

/** The module, compiled at first use; undefined where WebAssembly or its SIMD is missing. */
const compiled = (): object | undefined => {
  if (module !== undefined || wasmApi === undefined) return module
  const code = Buffer.from(matcherWasm, "base64")
  // False for instructions that the machine lacks.
  if (wasmApi.validate(code)) module = new wasmApi.Module(code)
  return module
}

export const hasWasmSimd = (): boolean => compiled() !== undefined

const instantiate = (): Exports => {
  const code = compiled()
  if (wasmApi === undefined || code === undefined) throw new Error("this machine has no WebAssembly SIMD")
  return new wasmApi.Instance(code).exports as Exports
}

/** How the module takes a row: 1 and 2 are its loops for 8 ids with one byte between or 6 to 18, 0 those for any rows. */
const byEight = ({ topK, inner }: Template): 0 | 1 | 2 => {
  if (topK !== 8) return 0
  if (inner.length === 1) return 1
  return inner.length >= 6 && inner.length <= 18 && inner[0] === comma ? 2 : 0
}

export class WasmWorkspace implements Workspace, Matcher {
  bytes: Uint8Array
  ids: Uint16Array
  private readonly wasm = instantiate()
  private readonly experts: number
  /** Ids of a unit of each slot. */
  private readonly unitIds = [1, 1]
  private fileRoom = 1 << 20
  private idRoom = 1 << 16

  constructor(experts: number) {
    this.experts = experts
    this.bytes = new Uint8Array(0)
    this.ids = new Uint16Array(0)
    this.layOut()
  }

  reserve(length: number): void {
    if (length <= this.fileRoom) return
    this.fileRoom = Math.ceil(Math.max(length, Math.min(this.fileRoom * 1.5, maxWasmBytes)) / page) * page
    this.layOut()
  }

  growIds(): void {
    this.idRoom *= 2
    this.layOut()
  }

  /** Places ids after the file and makes the views anew, since growing a memory detaches those there were. */
  private layOut(): void {
    const { memory } = this.wasm
    const firstId = fileAt + this.fileRoom + slack
    const missing = firstId + 4 * this.idRoom - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / page))
    this.bytes = new Uint8Array(memory.buffer, fileAt, this.fileRoom + slack)
    this.ids = new Uint16Array(memory.buffer, firstId, this.idRoom)
  }

  layerMajor(file: FileOrder, count: number, out: Uint16Array): void {
    const { memory, gather } = this.wasm
    const { byteOffset } = this.ids
    const sorted = byteOffset + 2 * this.idRoom
    const rowBytes = 2 * file.shape.topK
    toLayerMajor(file, (from, stride, rows, to) =>
      gather(byteOffset + 2 * from, 2 * stride, rowBytes, rows, sorted + 2 * to)
    )
    out.set(new Uint16Array(memory.buffer, sorted, count))
  }

  prepare(template: Template, slot: Slot): void {
    const { buffer } = this.wasm.memory
    const { rows, topK, starts, text, inner, close } = template
    this.unitIds[slot] = rows * topK
    const header = templates + slot * slotBytes
    let at = header + 4 * (headerWords + rows + 1)
    const put = (bytes: Uint8Array): number => {
      new Uint8Array(buffer, at, bytes.length).set(bytes)
      at += bytes.length
      return at - bytes.length
    }
    const words = [rows, topK, put(text), put(inner), inner.length, put(close), close.length, byEight(template)]
    new Int32Array(buffer, header, headerWords).set(words)
    new Int32Array(buffer, header + 4 * headerWords, rows + 1).set(starts)
  }

  match(slot: Slot, at: number, count: number): number {
    const template = templates + slot * slotBytes
    const room = Math.floor((this.idRoom - count) / this.unitIds[slot]!)
    return this.wasm.match(template, fileAt + at, this.ids.byteOffset + 2 * count, room, this.experts)
  }

  end(): number {
    return this.wasm.end() - fileAt
  }
}

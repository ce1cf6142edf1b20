/** Memory of a decoder: the file as read, and the ids found in it. */
import { type FileOrder, gatherRows, toLayerMajor } from "./layer-major.ts"

/** Bytes a workspace has beyond the file: no speculation reads further past the end than this. */
export const slack = 4096

export interface Workspace {
  /** The file, from index 0; at least `slack` bytes longer than the file. */
  readonly bytes: Uint8Array
  /** Ids in file order. */
  readonly ids: Uint16Array
  /** Makes room for a file of `length` bytes; what is in `bytes` is kept, `bytes` itself may be another array. */
  readonly reserve: (length: number) => void
  /** At least doubles `ids`; what is in it is kept. */
  readonly growIds: () => void
  /** The first `count` ids, in the order of `file`, put into `out` as `[layerIndex][token][k]`. */
  readonly layerMajor: (file: FileOrder, count: number, out: Uint16Array) => void
}

/** A workspace in ordinary arrays, as large as the machine allows. */
export class HeapWorkspace implements Workspace {
  bytes: Uint8Array = new Uint8Array((1 << 20) + slack)
  ids: Uint16Array = new Uint16Array(1 << 16)

  reserve(length: number): void {
    if (length + slack <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(length, Math.ceil(this.bytes.length * 1.5)) + slack)
    grown.set(this.bytes)
    this.bytes = grown
  }

  growIds(): void {
    const grown = new Uint16Array(this.ids.length * 2)
    grown.set(this.ids)
    this.ids = grown
  }

  layerMajor(file: FileOrder, _count: number, out: Uint16Array): void {
    toLayerMajor(file, gatherRows(this.ids, out, file.shape.topK))
  }
}

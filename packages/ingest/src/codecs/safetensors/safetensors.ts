/** Strict reader of the safetensors header: 8 bytes of length, JSON, then the tensors without gaps. */
import { ContentFault } from "../../fault/content-fault.ts"
import { JsonCursor } from "../json/cursor.ts"

/** Bytes of an element of each type. */
export const safetensorTypes = {
  U8: 1,
  I8: 1,
  BOOL: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8
} as const
export type SafetensorType = keyof typeof safetensorTypes

/** A tensor as the header of a file announces it. */
export interface Safetensor {
  readonly name: string
  readonly type: SafetensorType
  readonly shape: ReadonlyArray<number>
  /** Bounds in the file. */
  readonly from: number
  readonly to: number
}

/** The library's own limit is 100 MB; 16 MiB name about 150,000 tensors. */
const maxHeaderBytes = 16 * 2 ** 20

/** Length of the header in bytes, from the first 8 of a file of `totalBytes`. */
export const safetensorsHeaderBytes = (start: Uint8Array, totalBytes: number): number => {
  if (start.length < 8) throw new ContentFault("Truncated", `byte ${start.length}`, "ends inside its header")
  const length = Number(new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true))
  if (length > maxHeaderBytes)
    throw new ContentFault("Malformed", "byte 0", `a header of ${length} bytes; at most ${maxHeaderBytes} are read`)
  if (8 + length > totalBytes)
    throw new ContentFault("Truncated", `byte ${totalBytes}`, `ends inside its header of ${length} bytes`)
  return length
}

const tensor = (cursor: JsonCursor, name: string): Safetensor => {
  const at = cursor.at
  let type: SafetensorType | undefined
  let shape: Array<number> | undefined
  let offsets: Array<number> | undefined
  const numbers = () => {
    const out: Array<number> = []
    cursor.list(() => out.push(cursor.count()))
    return out
  }
  cursor.object((key) => {
    if (key === "dtype") {
      const text = cursor.string()
      if (!Object.hasOwn(safetensorTypes, text)) throw cursor.fault("Malformed", `tensor ${name} is of type ${text}`)
      type = text as SafetensorType
    } else if (key === "shape") shape = numbers()
    else if (key === "data_offsets") offsets = numbers()
    else throw cursor.fault("Malformed", `tensor ${name} has an unknown field ${key}`)
  })
  if (type === undefined || shape === undefined || offsets?.length !== 2)
    throw cursor.faultAt("Malformed", at, `tensor ${name} lacks dtype, shape or two data_offsets`)
  const size = shape.reduce((product, n) => product * n, safetensorTypes[type])
  const [from, to] = offsets as [number, number]
  if (!Number.isSafeInteger(size) || to - from !== size)
    throw cursor.faultAt("Malformed", at, `tensor ${name} takes ${size} bytes, its offsets hold ${to - from}`)
  return { name, type, shape, from, to }
}

/**
 * The tensors of a file of `totalBytes`, in the order of their bytes; `header` is the first 8 bytes and the JSON.
 * Throws `ContentFault` unless they fill the file without gap or overlap.
 */
export const readSafetensorsHeader = (header: Uint8Array, totalBytes: number): ReadonlyArray<Safetensor> => {
  const cursor = new JsonCursor(header, 8, header.length)
  const found: Array<Safetensor> = []
  cursor.object((name) => {
    if (name === "__metadata__") cursor.object(() => cursor.string())
    else found.push(tensor(cursor, name))
  })
  cursor.finish()
  const ordered = found.toSorted((a, b) => a.from - b.from || a.to - b.to)
  let next = 0
  for (const { name, from, to } of ordered) {
    if (from !== next)
      throw new ContentFault(
        "Malformed",
        "byte 8",
        `tensor ${name} starts at ${from}, the one before it ends at ${next}`
      )
    next = to
  }
  const end = header.length + next
  if (end > totalBytes)
    throw new ContentFault("Truncated", `byte ${totalBytes}`, `ends early: its header announces ${end} bytes`)
  if (end < totalBytes) throw new ContentFault("Malformed", `byte ${end}`, "bytes after the last tensor")
  return ordered.map((each) => ({ ...each, from: each.from + header.length, to: each.to + header.length }))
}

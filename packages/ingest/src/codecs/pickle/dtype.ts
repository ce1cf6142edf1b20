/** Element types of torch storages and how they become numbers. */
import { float16 } from "../npy/float16.ts"

export interface StorageType {
  readonly name: string
  readonly bytes: number
}

/** By the name that a pickle gives: `torch.IntStorage`. */
export const storageTypes: ReadonlyMap<string, StorageType> = new Map([
  ["torch.BoolStorage", { name: "bool", bytes: 1 }],
  ["torch.ByteStorage", { name: "uint8", bytes: 1 }],
  ["torch.CharStorage", { name: "int8", bytes: 1 }],
  ["torch.ShortStorage", { name: "int16", bytes: 2 }],
  ["torch.IntStorage", { name: "int32", bytes: 4 }],
  ["torch.LongStorage", { name: "int64", bytes: 8 }],
  ["torch.HalfStorage", { name: "float16", bytes: 2 }],
  ["torch.FloatStorage", { name: "float32", bytes: 4 }],
  ["torch.DoubleStorage", { name: "float64", bytes: 8 }],
  ["torch.BFloat16Storage", { name: "bfloat16", bytes: 2 }]
])

/** A storage of bytes alone, whose tensors say their type: how torch writes the types that came after storages had names. */
export const untypedStorage: StorageType = { name: "untyped", bytes: 1 }

/** Types that only tensors of untyped storages have. */
export const tensorTypes: ReadonlyMap<string, StorageType> = new Map([
  ["torch.uint16", { name: "uint16", bytes: 2 }],
  ["torch.uint32", { name: "uint32", bytes: 4 }],
  ["torch.uint64", { name: "uint64", bytes: 8 }]
])

/** The upper half of a 32-bit float. */
const bfloat16 = (bits: number): number => {
  word[0] = bits << 16
  return asFloat[0]!
}
const word = new Uint32Array(1)
const asFloat = new Float32Array(word.buffer)

/** Reads element `i` of little-endian bytes; whole numbers beyond 2^53 lose exactness and must be refused by range. */
export const elementReader = (type: StorageType, view: DataView): ((i: number) => number) => {
  switch (type.name) {
    case "bool":
    case "uint8":
      return (i) => view.getUint8(i)
    case "int8":
      return (i) => view.getInt8(i)
    case "int16":
      return (i) => view.getInt16(2 * i, true)
    case "uint16":
      return (i) => view.getUint16(2 * i, true)
    case "uint32":
      return (i) => view.getUint32(4 * i, true)
    case "uint64":
      return (i) => view.getUint32(8 * i + 4, true) * 2 ** 32 + view.getUint32(8 * i, true)
    case "bfloat16":
      return (i) => bfloat16(view.getUint16(2 * i, true))
    case "int32":
      return (i) => view.getInt32(4 * i, true)
    case "int64":
      // High word signed, low word not: exact wherever the value is below 2^53.
      return (i) => view.getInt32(8 * i + 4, true) * 2 ** 32 + view.getUint32(8 * i, true)
    case "float16":
      return (i) => float16(view.getUint16(2 * i, true))
    case "float32":
      return (i) => view.getFloat32(4 * i, true)
    default:
      return (i) => view.getFloat64(8 * i, true)
  }
}

const arrays = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array
} as const

export type TypedElements =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array

/** Elements `from` to `from + count` in memory of their own, where JavaScript has arrays of their type: far faster than one by one. */
export const typedElements = (
  type: StorageType,
  bytes: Uint8Array,
  from: number,
  count: number
): TypedElements | undefined => {
  const make = (arrays as Readonly<Record<string, (typeof arrays)[keyof typeof arrays]>>)[type.name]
  if (make === undefined) return undefined
  const own = new Uint8Array(count * type.bytes)
  own.set(bytes.subarray(from * type.bytes, (from + count) * type.bytes))
  return new make(own.buffer)
}

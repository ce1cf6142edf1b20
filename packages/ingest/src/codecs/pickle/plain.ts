/** The plain data that a pickle may hold here. Nothing in it can run. */
import { elementReader, type StorageType, type TypedElements, typedElements } from "./dtype.ts"
import { inOrder } from "./in-order.ts"

/** Python's tuple; a list is an array, a dict a map. */
export class Tuple {
  readonly items: ReadonlyArray<Plain>
  constructor(items: ReadonlyArray<Plain>) {
    this.items = items
  }
}

/** A storage of the archive: `data/KEY`, `count` elements. */
export class Storage {
  readonly type: StorageType
  readonly key: string
  readonly count: number
  constructor(type: StorageType, key: string, count: number) {
    this.type = type
    this.key = key
    this.count = count
  }
}

/** A view of a storage; offset and strides in elements. Shape and strides were checked to stay inside. */
export class Tensor {
  readonly storage: Storage
  readonly offset: number
  readonly shape: ReadonlyArray<number>
  readonly strides: ReadonlyArray<number>
  constructor(storage: Storage, offset: number, shape: ReadonlyArray<number>, strides: ReadonlyArray<number>) {
    this.storage = storage
    this.offset = offset
    this.shape = shape
    this.strides = strides
  }
  get elements(): number {
    return this.shape.reduce((product, size) => product * size, 1)
  }
}

/** One of the few names that a pickle may call by; only a word, never resolved to code. */
export class Global {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** Python's bytes; a view of the pickle where they stand there as they are. */
export class Bytes {
  readonly value: Uint8Array
  constructor(value: Uint8Array) {
    this.value = value
  }
}

/** NumPy's element type: `i4`, `f8`, or `O` for objects; the byte order comes after it. */
export class NumpyType {
  readonly code: string
  /** Bytes an element. */
  readonly width: number
  order: "<" | ">" | "|" | "=" | undefined
  constructor(code: string, width: number) {
    this.code = code
    this.width = width
  }
}

/** NumPy's array: made empty, then filled once with type, shape and either bytes or, of objects, a list. */
export class NumpyArray {
  type: NumpyType | undefined
  shape: ReadonlyArray<number> = []
  /** True where the first index is the fastest. */
  fortran = false
  bytes: Uint8Array | undefined
  items: ReadonlyArray<Plain> | undefined

  get elements(): number {
    return this.shape.reduce((product, size) => product * size, 1)
  }

  /** The elements in C order; whole numbers are exact below 2^53. Only for arrays of numbers. */
  numbers(): TypedElements {
    const { shape, fortran } = this
    const bytes = this.bytes!
    const type = { name: numpyTypes.get(this.type!.code)!, bytes: this.type!.width }
    const typed = fortran ? undefined : typedElements(type, bytes, 0, this.elements)
    if (typed !== undefined) return typed
    const read = elementReader(type, new DataView(bytes.buffer, bytes.byteOffset, bytes.length))
    const last = shape.length - 1
    const strides = shape.map((_, d) =>
      (fortran ? shape.slice(0, d) : shape.slice(d + 1, last + 1)).reduce((product, size) => product * size, 1)
    )
    return inOrder(shape, strides, 0, read)
  }
}

const numpyTypes: ReadonlyMap<string, string> = new Map([
  ["b1", "bool"],
  ["u1", "uint8"],
  ["i1", "int8"],
  ["u2", "uint16"],
  ["i2", "int16"],
  ["u4", "uint32"],
  ["i4", "int32"],
  ["u8", "uint64"],
  ["i8", "int64"],
  ["f2", "float16"],
  ["f4", "float32"],
  ["f8", "float64"]
])

/** A dictionary with keys of text and numbers. */
export type PlainDict = Map<string | number, Plain>
export type Plain =
  | null
  | boolean
  | number
  | string
  | Array<Plain>
  | Tuple
  | PlainDict
  | Tensor
  | Storage
  | Global
  | Bytes
  | NumpyType
  | NumpyArray

/** Writes pickles and files of torch in plain code: what Python's pickle, NumPy and torch.save write, byte by byte. */
import { elements } from "../../formats/arrays.ts"
import { type Members, zipFile } from "./plain-zip.ts"

/** A tensor with a storage of its own; strides and offset where it is a view. */
export class PyTensor {
  readonly type: string
  readonly shape: ReadonlyArray<number>
  readonly values: ReadonlyArray<number>
  constructor(type: string, shape: ReadonlyArray<number>, values: ReadonlyArray<number>) {
    this.type = type
    this.shape = shape
    this.values = values
  }
}

/** An array of NumPy; values as they lie in it. */
export class PyArray {
  readonly type: string
  readonly shape: ReadonlyArray<number>
  readonly values: ReadonlyArray<number>
  readonly fortran: boolean
  constructor(type: string, shape: ReadonlyArray<number>, values: ReadonlyArray<number>, fortran = false) {
    this.type = type
    this.shape = shape
    this.values = values
    this.fortran = fortran
  }
}

/** An object array of NumPy, one dimension. */
export class PyObjects {
  readonly items: ReadonlyArray<Py>
  constructor(items: ReadonlyArray<Py>) {
    this.items = items
  }
}

export class PyTuple {
  readonly items: ReadonlyArray<Py>
  constructor(...items: ReadonlyArray<Py>) {
    this.items = items
  }
}

export type Py =
  | null
  | boolean
  | number
  | string
  | ReadonlyArray<Py>
  | PyTuple
  | PyTensor
  | PyArray
  | PyObjects
  | { readonly [key: string]: Py }

/** NumPy's type of a storage, for `elements`. */
const storageTypes: Readonly<Record<string, readonly [storage: string, type: string, width: number]>> = {
  uint8: ["ByteStorage", "|u1", 1],
  int16: ["ShortStorage", "<i2", 2],
  int32: ["IntStorage", "<i4", 4],
  int64: ["LongStorage", "<i8", 8],
  float32: ["FloatStorage", "<f4", 4],
  float64: ["DoubleStorage", "<f8", 8],
  bfloat16: ["BFloat16Storage", "<u2", 2],
  uint16: ["", "<u2", 2]
}

/** The upper halves of 32-bit floats, cut off. */
const asBfloat16 = (values: ReadonlyArray<number>): ReadonlyArray<number> =>
  values.map((value) => new Uint32Array(new Float32Array([value]).buffer)[0]! >>> 16)

const bytesOf = ({ type, values }: PyTensor): Uint8Array =>
  elements(storageTypes[type]![1], type === "bfloat16" ? asBfloat16(values) : values)

const contiguous = (shape: ReadonlyArray<number>): ReadonlyArray<number> =>
  shape.map((_, d) => shape.slice(d + 1).reduce((product, size) => product * size, 1))

export type Protocol = 2 | 4 | 5

/** The pickle of a value, and the tensors whose storages it names by their place. */
export const pickle = (
  value: Py,
  protocol: Protocol = 2
): { readonly bytes: Uint8Array; readonly tensors: ReadonlyArray<PyTensor> } => {
  const parts: Array<Buffer> = [Buffer.from([0x80, protocol])]
  const tensors: Array<PyTensor> = []
  const put = (...all: ReadonlyArray<string | number | Uint8Array>) => {
    for (const part of all)
      parts.push(typeof part === "number" ? Buffer.from([part]) : Buffer.from(part as string, "latin1"))
  }
  const uint32 = (n: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(n)
    return bytes
  }
  const text = (word: string) => {
    const bytes = Buffer.from(word, "utf8")
    if (protocol >= 4 && bytes.length < 256) put("\x8c", bytes.length, bytes)
    else put("X", uint32(bytes.length), bytes)
  }
  const name = (module: string, attribute: string) => {
    if (protocol < 4) return put(`c${module}\n${attribute}\n`)
    text(module)
    text(attribute)
    put("\x93")
  }
  const tuple = (items: ReadonlyArray<() => void>) => {
    put("(")
    for (const item of items) item()
    put("t")
  }
  const raw = (bytes: Uint8Array) => {
    if (protocol >= 4) return put("B", uint32(bytes.length), bytes)
    name("_codecs", "encode")
    tuple([() => text(Buffer.from(bytes).toString("latin1")), () => text("latin1")])
    put("R")
  }
  const dtype = (type: string) => {
    name("numpy", "dtype")
    tuple([() => text(type === "O" ? "O8" : type.slice(1)), () => put("\x89"), () => put("\x88")])
    put("R")
    const order = type === "O" ? "|" : type[0]!
    tuple([() => write(3), () => text(order), ...[null, null, null, -1, -1, 0].map((item) => () => write(item))])
    put("b")
  }
  const emptyArray = () => {
    name(protocol === 4 ? "numpy.core.multiarray" : "numpy._core.multiarray", "_reconstruct")
    tuple([() => name("numpy", "ndarray"), () => write(new PyTuple(0)), () => raw(Buffer.from("b"))])
    put("R")
  }
  const array = ({ type, shape, values, fortran }: PyArray) => {
    const bytes = elements(type, values)
    if (protocol === 5) {
      name("numpy._core.numeric", "_frombuffer")
      const size = Buffer.alloc(8)
      size.writeBigUInt64LE(BigInt(bytes.length))
      tuple([
        () => put("\x96", size, bytes),
        () => dtype(type),
        () => write(new PyTuple(...shape)),
        () => text(fortran ? "F" : "C")
      ])
      return put("R")
    }
    emptyArray()
    tuple([
      () => write(1),
      () => write(new PyTuple(...shape)),
      () => dtype(type),
      () => write(fortran),
      () => raw(bytes)
    ])
    put("b")
  }
  const objects = ({ items }: PyObjects) => {
    emptyArray()
    tuple([
      () => write(1),
      () => write(new PyTuple(items.length)),
      () => dtype("O"),
      () => write(false),
      () => write(items)
    ])
    put("b")
  }
  const tensor = (one: PyTensor) => {
    const key = String(tensors.push(one) - 1)
    const [storage, , width] = storageTypes[one.type]!
    const untyped = storage === ""
    name("torch._utils", untyped ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2")
    const id = () => {
      tuple([
        () => text("storage"),
        () => (untyped ? name("torch.storage", "UntypedStorage") : name("torch", storage)),
        () => text(key),
        () => text("cpu"),
        () => write(one.values.length * (untyped ? width : 1))
      ])
      put("Q")
    }
    const hooks = () => {
      name("collections", "OrderedDict")
      put(")R")
    }
    tuple([
      id,
      () => write(0),
      () => write(new PyTuple(...one.shape)),
      () => write(new PyTuple(...contiguous(one.shape))),
      () => write(false),
      hooks,
      ...(untyped ? [() => name("torch", one.type)] : [])
    ])
    put("R")
  }
  const write = (item: Py): void => {
    if (item === null) put("N")
    else if (typeof item === "boolean") put(item ? "\x88" : "\x89")
    else if (typeof item === "string") text(item)
    else if (typeof item === "number") {
      const bytes = Buffer.alloc(8)
      if (!Number.isInteger(item)) {
        bytes.writeDoubleBE(item)
        put("G", bytes)
      } else if (item >= 0 && item < 256) put("K", item)
      else {
        bytes.writeInt32LE(item)
        put("J", bytes.subarray(0, 4))
      }
    } else if (item instanceof PyTuple) tuple(item.items.map((each) => () => write(each)))
    else if (item instanceof PyTensor) tensor(item)
    else if (item instanceof PyArray) array(item)
    else if (item instanceof PyObjects) objects(item)
    else if (Array.isArray(item)) {
      put("](")
      for (const each of item) write(each as Py)
      put("e")
    } else {
      put("}(")
      for (const [key, each] of Object.entries(item)) {
        text(key)
        write(each)
      }
      put("u")
    }
  }
  write(value)
  put(".")
  return { bytes: new Uint8Array(Buffer.concat(parts)), tensors }
}

/** A file of torch.save, members stored. */
export const torchZip = (value: Py, protocol: Protocol = 2): Uint8Array => {
  const { bytes, tensors } = pickle(value, protocol)
  const members: Members = [
    ["archive/data.pkl", bytes],
    ["archive/byteorder", Buffer.from("little")],
    ...tensors.map((tensor, key) => [`archive/data/${key}`, bytesOf(tensor)] as const),
    ["archive/version", Buffer.from("3\n")]
  ]
  return zipFile(members)
}

const magic = Buffer.from("80028a0a6cfc9c46f9206aa850192e", "hex")

/** The same value in torch's format before 1.6. */
export const torchOld = (value: Py): Uint8Array => {
  const { bytes, tensors } = pickle(value)
  const system = { protocol_version: 1001, little_endian: true, type_sizes: { short: 2, int: 4, long: 4 } }
  const storages = tensors.map((tensor) => {
    const count = Buffer.alloc(8)
    count.writeBigInt64LE(BigInt(tensor.values.length))
    return Buffer.concat([count, bytesOf(tensor)])
  })
  const keys = tensors.map((_, key) => String(key))
  return new Uint8Array(
    Buffer.concat([magic, pickle(1001).bytes, pickle(system).bytes, bytes, pickle(keys).bytes, ...storages])
  )
}

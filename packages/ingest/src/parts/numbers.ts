/** Arrays of numbers as trainers keep them: tensors, NumPy arrays, nested lists, and objects of data, shape and type. */
import type { NpyArray } from "../codecs/npy/npy.ts"
import { Bytes, NumpyArray, NumpyType, type Plain, Tensor, Tuple } from "../codecs/pickle/plain.ts"
import { ContentFault } from "../fault/content-fault.ts"

/** An array of which a part can be taken before it is read. */
export interface Numbers {
  readonly shape: ReadonlyArray<number>
  /** The greatest number that its type can hold, where it has a narrow one. */
  readonly greatest?: number
  /** The elements in C order. */
  readonly read: () => ArrayLike<number>
  /** The part at one place of the first dimension. */
  readonly at: (index: number) => Numbers
}

/** A value of a file: one of a pickle, an array of an archive, or the dict of these. */
export type Node = Plain | NpyNode | Map<string, NpyNode>

/** An array of an `.npz`, which is read when asked for. */
export class NpyNode {
  readonly load: () => NpyArray
  #array: NpyArray | undefined
  constructor(load: () => NpyArray) {
    this.load = load
  }
  get array(): NpyArray {
    return (this.#array ??= this.load())
  }
}

/** Most elements that are read at a time. */
const maxElements = 2 ** 26

const product = (shape: ReadonlyArray<number>): number => shape.reduce((all, size) => all * size, 1)

const tooMany = (shape: ReadonlyArray<number>): never => {
  throw new ContentFault(
    "WrongShape",
    "record 0",
    `an array [${shape.join(", ")}] is more than is held in memory`,
    "save fewer samples a file, or shorter ones"
  )
}

/** Elements that are there already. */
const ofValues = (values: ArrayLike<number>, shape: ReadonlyArray<number>, greatest?: number): Numbers => ({
  shape,
  ...(greatest === undefined ? {} : { greatest }),
  read: () => values,
  at: (index) => {
    const size = product(shape.slice(1))
    const part = Array.prototype.slice.call(values, index * size, (index + 1) * size) as ReadonlyArray<number>
    return ofValues(part, shape.slice(1), greatest)
  }
})

const greatestOf = (type: string): number | undefined => {
  const found = /^(u?)int(8|16)$/.exec(type)
  return found === null ? undefined : 2 ** (Number(found[2]) - (found[1] === "u" ? 0 : 1)) - 1
}

/** As `readTensor` reads it; a part is a view, so that a batch is never read whole. */
const ofTensor = (tensor: Tensor, readTensor: (tensor: Tensor) => Float64Array): Numbers => {
  const { storage, offset, shape, strides } = tensor
  const greatest = greatestOf(storage.type.name)
  return {
    shape,
    ...(greatest === undefined ? {} : { greatest }),
    read: () => (product(shape) > maxElements ? tooMany(shape) : readTensor(tensor)),
    at: (index) =>
      ofTensor(new Tensor(storage, offset + index * strides[0]!, shape.slice(1), strides.slice(1)), readTensor)
  }
}

const numpyNames: Readonly<Record<string, string>> = { u1: "uint8", i1: "int8", u2: "uint16", i2: "int16" }

const ofNumpy = (array: NumpyArray): Numbers => {
  const { shape, fortran, bytes, type } = array
  const greatest = greatestOf(numpyNames[type!.code] ?? "")
  return {
    shape,
    ...(greatest === undefined ? {} : { greatest }),
    read: () => (product(shape) > maxElements ? tooMany(shape) : array.numbers()),
    at: (index) => {
      if (fortran) return ofValues(array.numbers(), shape, greatest).at(index)
      const size = product(shape.slice(1)) * type!.width
      const part = new NumpyArray()
      part.type = type
      part.shape = shape.slice(1)
      part.bytes = bytes!.subarray(index * size, (index + 1) * size)
      return ofNumpy(part)
    }
  }
}

/** Nested lists of numbers, all of a level as long. */
const ofLists = (root: ReadonlyArray<Node>): Numbers | undefined => {
  const shape: Array<number> = []
  const flat: Array<number> = []
  const walk = (node: Node, level: number): boolean => {
    const items = Array.isArray(node) ? node : node instanceof Tuple ? node.items : undefined
    if (items === undefined) {
      if (typeof node === "boolean") flat.push(Number(node))
      else if (typeof node === "number") flat.push(node)
      else return false
      return level === shape.length
    }
    if (level === shape.length) {
      if (flat.length > 0 || level > 4) return false
      shape.push(items.length)
    }
    return shape[level] === items.length && items.every((item) => walk(item, level + 1))
  }
  return walk(root as Plain, 0) ? ofValues(flat, shape) : undefined
}

const codes: Readonly<Record<string, string>> = {
  uint8: "u1",
  int8: "i1",
  uint16: "u2",
  int16: "i2",
  uint32: "u4",
  int32: "i4",
  int64: "i8"
}

/** `{data, shape, dtype}`, data as bytes or base64. */
const ofPayload = (fields: ReadonlyMap<string | number, Node>): Numbers | undefined => {
  const [data, type] = [fields.get("data"), fields.get("dtype")]
  const sizes = fields.get("shape")
  const shape = Array.isArray(sizes) ? sizes : sizes instanceof Tuple ? sizes.items : []
  const code = typeof type === "string" ? codes[type.replace(/^.*\./, "")] : undefined
  const bytes = data instanceof Bytes ? data.value : typeof data === "string" ? Buffer.from(data, "base64") : undefined
  const whole = shape.every(
    (size): size is number => typeof size === "number" && Number.isSafeInteger(size) && size >= 0
  )
  if (bytes === undefined || code === undefined || !whole) return undefined
  const array = new NumpyArray()
  array.type = new NumpyType(code, Number(code[1]))
  array.shape = shape
  array.bytes = bytes
  if (product(array.shape) * array.type.width !== bytes.length)
    throw new ContentFault(
      "WrongShape",
      "record 0",
      `an array [${shape.join(", ")}] of ${code[1]} bytes each in ${bytes.length} bytes`
    )
  return ofNumpy(array)
}

/** The numbers of a value; undefined where it is no array of numbers. Throws `ContentFault`. */
export const numbersOf = (
  node: Node | undefined,
  readTensor: (tensor: Tensor) => Float64Array
): Numbers | undefined => {
  if (node === undefined || node === null) return undefined
  if (node instanceof NpyNode) {
    const { header, values } = node.array
    return ofValues(values, header.shape, greatestOf(numpyNames[header.type.slice(1)] ?? ""))
  }
  if (node instanceof Tensor) return ofTensor(node, readTensor)
  if (node instanceof NumpyArray) return node.items === undefined ? ofNumpy(node) : ofLists(node.items)
  if (Array.isArray(node)) return ofLists(node)
  if (node instanceof Tuple) return ofLists(node.items)
  if (node instanceof Map) return ofPayload(node)
  return undefined
}

/** The items of a list, a tuple or an array of objects. */
export const itemsOf = (node: Node | undefined): ReadonlyArray<Node> | undefined =>
  Array.isArray(node) ? node : node instanceof Tuple ? node.items : node instanceof NumpyArray ? node.items : undefined

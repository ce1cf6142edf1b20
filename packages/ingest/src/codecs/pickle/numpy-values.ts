/** NumPy's arrays as a pickle has them: bytes in the pickle itself, with type and shape. Nothing is imported or run. */
import type { Refuse } from "./limits.ts"
import { Bytes, Global, NumpyArray, NumpyType, type Plain, Tuple } from "./plain.ts"

/** Names of modules changed with NumPy 2 (`numpy.core` became `numpy._core`). */
const modules = ["numpy._core", "numpy.core"]
const named = (name: string): ReadonlySet<string> => new Set(modules.map((module) => `${module}.${name}`))

const reconstruct = named("multiarray._reconstruct")
const fromBuffer = named("numeric._frombuffer")
const scalar = named("multiarray.scalar")
const ndarray = "numpy.ndarray"
const dtype = "numpy.dtype"
/** How protocols below 3, which know no bytes, write them: text in which each character is a byte. */
const encode = "_codecs.encode"
const emptyBytes = new Set(["builtins.bytes", "__builtin__.bytes"])

/** Names that arrays of numbers are written with. */
export const numpyGlobals: ReadonlySet<string> = new Set([
  ...reconstruct,
  ...fromBuffer,
  ...scalar,
  ndarray,
  dtype,
  encode,
  ...emptyBytes
])

const widths: ReadonlyMap<string, number> = new Map([
  ["b1", 1],
  ["i1", 1],
  ["u1", 1],
  ["i2", 2],
  ["u2", 2],
  ["i4", 4],
  ["u4", 4],
  ["i8", 8],
  ["u8", 8],
  ["f2", 2],
  ["f4", 4],
  ["f8", 8]
])

/** More dimensions than any array of a recording has. */
const maxDimensions = 8

const isSize = (value: Plain | undefined): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0

/** Text whose characters are bytes, as bytes. */
const bytesOfText = (text: string, refuse: Refuse): Uint8Array =>
  /[^\0-\xff]/.test(text) ? refuse("bytes written as text, with a character above 255") : Buffer.from(text, "latin1")

/** `numpy.dtype('i4', False, True)`; its byte order follows by BUILD. */
const typeOf = ({ items }: Tuple, refuse: Refuse): NumpyType => {
  const [code, align, copy] = items
  if (items.length !== 3 || typeof code !== "string" || typeof align !== "boolean" || typeof copy !== "boolean")
    return refuse("a numpy.dtype that is not built as NumPy builds it")
  if (/^O[48]?$/.test(code)) return new NumpyType("O", 0)
  const width = widths.get(code)
  if (width === undefined)
    return refuse(`an array of type ${JSON.stringify(code.slice(0, 20))}, where plain integers and floats are read`)
  return new NumpyType(code, width)
}

const shapeOf = (value: Plain | undefined, refuse: Refuse): ReadonlyArray<number> => {
  if (!(value instanceof Tuple) || value.items.length > maxDimensions || !value.items.every(isSize))
    return refuse("an array whose shape is no short tuple of whole numbers")
  return value.items
}

/** Puts content into an array that was made empty. */
const fill = (
  array: NumpyArray,
  type: NumpyType,
  shape: ReadonlyArray<number>,
  fortran: boolean,
  content: Plain,
  refuse: Refuse
): void => {
  if (array.type !== undefined) return refuse("an array that is filled twice")
  if (type.order === undefined) return refuse("an array whose type has no byte order")
  const count = shape.reduce((product, size) => product * size, 1)
  const told = `[${shape.join(", ")}]`
  if (type.code === "O") {
    if (!Array.isArray(content) || content.length !== count)
      return refuse(`an array of objects ${told} without a list of as many`)
    array.items = content
  } else {
    if (!(content instanceof Bytes)) return refuse(`an array ${told} without its bytes`)
    if (content.value.length !== count * type.width)
      return refuse(`an array ${told} of ${type.width} bytes each in ${content.value.length} bytes`)
    if (type.order === ">" && type.width > 1) return refuse("an array whose numbers are not little-endian")
    array.bytes = content.value
  }
  array.type = type
  array.shape = shape
  array.fortran = fortran
}

/** `_frombuffer(bytes, dtype, shape, order)`, as protocol 5 writes arrays. */
const arrayOfBuffer = ({ items }: Tuple, refuse: Refuse): NumpyArray => {
  const [content, type, shape, order] = items
  if (items.length !== 4 || !(type instanceof NumpyType) || (order !== "C" && order !== "F"))
    return refuse("an array that is not built as NumPy builds it")
  const array = new NumpyArray()
  fill(array, type, shapeOf(shape, refuse), order === "F", content!, refuse)
  return array
}

/** `scalar(dtype, bytes)`: one number, as a plain one. */
const scalarOf = ({ items }: Tuple, refuse: Refuse): Plain => {
  const [type, content] = items
  if (items.length !== 2 || !(type instanceof NumpyType)) return refuse("a number that is not built as NumPy builds it")
  const array = new NumpyArray()
  fill(array, type, [], false, content!, refuse)
  if (array.items !== undefined) return refuse("an object where one number belongs")
  return array.numbers()[0]!
}

/** What calling one of `numpyGlobals` stands for. */
export const numpyMadeBy = (name: string, args: Tuple, refuse: Refuse): Plain => {
  const { items } = args
  if (emptyBytes.has(name) && items.length === 0) return new Bytes(new Uint8Array(0))
  if (name === encode && items.length === 2 && typeof items[0] === "string" && items[1] === "latin1")
    return new Bytes(bytesOfText(items[0], refuse))
  if (name === dtype) return typeOf(args, refuse)
  if (fromBuffer.has(name)) return arrayOfBuffer(args, refuse)
  if (scalar.has(name)) return scalarOf(args, refuse)
  const [type] = items
  if (reconstruct.has(name) && items.length === 3 && type instanceof Global && type.name === ndarray)
    return new NumpyArray()
  return refuse(`calls ${name} in a way that NumPy does not`)
}

/** What BUILD does to a type (its byte order) or to an array (shape, type, order of elements, content). */
export const numpyBuild = (target: Plain, state: Plain, refuse: Refuse): void => {
  const items = state instanceof Tuple ? state.items : []
  if (target instanceof NumpyType) {
    const order = items[1]
    if (items.length < 8 || (order !== "<" && order !== "|" && order !== ">" && order !== "="))
      return refuse("a numpy.dtype whose state is not what NumPy writes")
    // Fields and subtypes make elements of several parts.
    if ([2, 3, 4].some((at) => items[at] !== null)) return refuse("an array of several fields an element")
    if (target.order !== undefined) return refuse("a numpy.dtype that is built twice")
    target.order = order
    return
  }
  if (!(target instanceof NumpyArray)) return refuse("opcode BUILD on what is no array; nothing was run")
  const [, shape, type, fortran, content] = items
  if (items.length !== 5 || !(type instanceof NumpyType) || typeof fortran !== "boolean")
    return refuse("an array whose state is not what NumPy writes")
  fill(target, type, shapeOf(shape, refuse), fortran, content!, refuse)
}

/** Strict reader of `.npy` arrays: nothing is allocated before the header was checked against the bytes there are. */
import { ContentFault } from "../../fault/content-fault.ts"
import { float16 } from "./float16.ts"

/** The element types that are read, all little-endian; others (objects, strings, complex, big-endian) are refused. */
export type NpyType = "|b1" | "|i1" | "|u1" | "<i2" | "<u2" | "<i4" | "<u4" | "<i8" | "<u8" | "<f2" | "<f4" | "<f8"

/** What the header of an array says, and where its elements begin. */
export interface NpyHeader {
  readonly type: NpyType
  readonly itemBytes: number
  readonly fortranOrder: boolean
  readonly shape: ReadonlyArray<number>
  /** Product of `shape`. */
  readonly count: number
  /** Offset of the first element. */
  readonly dataAt: number
}

/** Values in C order. 64-bit integers come as doubles, exact or refused; 16-bit floats as 32-bit ones. */
export type NpyValues =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array

/** An array with its elements in C order. */
export interface NpyArray {
  readonly header: NpyHeader
  readonly values: NpyValues
}

const itemBytes: Readonly<Record<NpyType, number>> = {
  "|b1": 1,
  "|i1": 1,
  "|u1": 1,
  "<i2": 2,
  "<u2": 2,
  "<i4": 4,
  "<u4": 4,
  "<i8": 8,
  "<u8": 8,
  "<f2": 2,
  "<f4": 4,
  "<f8": 8
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
/** A header of a plain array takes about 100 bytes; NumPy pads to 64. */
const maxHeaderBytes = 4096
const maxDimensions = 8

const malformed = (byte: number, what: string) => new ContentFault("Malformed", `byte ${byte}`, what)
const truncated = (byte: number, what: string) => new ContentFault("Truncated", `byte ${byte}`, what)

/** True when `bytes` start as every `.npy` file does. */
export const isNpy = (bytes: Uint8Array): boolean => magic.every((byte, i) => bytes[i] === byte)

/** The Python dictionary of a header: exactly the three keys that NumPy writes, in any order. */
const dictionary = (text: string, at: number): Omit<NpyHeader, "dataAt" | "itemBytes" | "count"> => {
  const body = /^\{((?:\s*'[a-z_]+'\s*:\s*(?:'[^']{0,16}'|True|False|\([0-9, ]{0,200}\))\s*,?)+)\s*\}\s*$/.exec(
    text
  )?.[1]
  if (body === undefined) throw malformed(at, "its header is not the dictionary of a plain NumPy array")
  const entries = [...body.matchAll(/'([a-z_]+)'\s*:\s*('[^']*'|True|False|\([^)]*\))/g)].map(
    (match) => [match[1]!, match[2]!] as const
  )
  const fields = new Map(entries)
  const [descr, order, shape] = [fields.get("descr"), fields.get("fortran_order"), fields.get("shape")]
  if (entries.length !== 3 || descr === undefined || order === undefined || shape === undefined)
    throw malformed(at, "its header does not have exactly the keys descr, fortran_order and shape")
  const type = descr.slice(1, -1)
  if (!descr.startsWith("'") || !Object.hasOwn(itemBytes, type))
    throw new ContentFault(
      "WrongShape",
      `byte ${at}`,
      `element type ${descr} is not read; plain little-endian integers and floats are`,
      "save it again as such, ids for example as array.astype('<i4')"
    )
  if (order !== "True" && order !== "False") throw malformed(at, `fortran_order is ${order}`)
  if (!/^\((?:|\d+,|\d+(?:, ?\d+)+,?)\)$/.test(shape)) throw malformed(at, `shape is ${shape}`)
  const dimensions = [...shape.matchAll(/\d+/g)].map(([digits]) => Number(digits))
  if (dimensions.length > maxDimensions) throw malformed(at, `${dimensions.length} dimensions`)
  return { type: type as NpyType, fortranOrder: order === "True", shape: dimensions }
}

/**
 * Reads the header at the start of `bytes`, which may be only the start of an array of `totalBytes`. Throws
 * `ContentFault` unless the array that it announces takes exactly `totalBytes`; `undefined` leaves that unchecked, to
 * look at the start of a file. Format: NEP 1, versions 1 to 3.
 */
export const readNpyHeader = (bytes: Uint8Array, totalBytes: number | undefined): NpyHeader => {
  if (!isNpy(bytes)) {
    const started = bytes.every((byte, i) => i >= magic.length || byte === magic[i])
    throw started
      ? truncated(bytes.length, "ends inside its first bytes")
      : malformed(0, "does not start as an .npy file")
  }
  if (bytes.length < 12) throw truncated(bytes.length, "ends inside its header")
  const version = bytes[6]!
  if (version < 1 || version > 3) throw malformed(6, `version ${version} of the .npy format; versions 1 to 3 are read`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const textAt = version === 1 ? 10 : 12
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > maxHeaderBytes) throw malformed(8, `a header of ${length} bytes; at most ${maxHeaderBytes} are read`)
  const dataAt = textAt + length
  if (dataAt > bytes.length) throw truncated(bytes.length, "ends inside its header")
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + textAt, length)
    .toString("latin1")
    .trimEnd()
  const { type, fortranOrder, shape } = dictionary(text, textAt)
  const count = shape.reduce((product, size) => product * size, 1)
  const needed = dataAt + count * itemBytes[type]
  if (!Number.isSafeInteger(needed) || shape.some((size) => !Number.isSafeInteger(size)))
    throw malformed(textAt, `a shape of (${shape.join(", ")}) is beyond any file`)
  const header = { type, itemBytes: itemBytes[type], fortranOrder, shape, count, dataAt }
  if (totalBytes === undefined) return header
  if (needed > totalBytes)
    throw truncated(totalBytes, `ends early: its header announces ${needed} bytes, ${totalBytes} are there`)
  if (needed < totalBytes) throw malformed(needed, `${totalBytes - needed} bytes after the end of the array`)
  return header
}

const integerTypes: Readonly<Record<string, NpyType>> = {
  int8: "|i1",
  uint8: "|u1",
  int16: "<i2",
  uint16: "<u2",
  int32: "<i4",
  uint32: "<u4",
  int64: "<i8",
  uint64: "<u8"
}

/** The integer type that NumPy or torch call so (`uint16`, `torch.int32`, `<i8`); undefined for other names. */
export const npyTypeOf = (name: string): Pick<NpyHeader, "type" | "itemBytes"> | undefined => {
  const plain = name.replace(/^(?:torch|numpy|np)\./, "")
  const type = Object.hasOwn(integerTypes, plain) ? integerTypes[plain]! : (plain as NpyType)
  return Object.values(integerTypes).includes(type) ? { type, itemBytes: itemBytes[type] } : undefined
}

/** Elements as they lie, in fresh memory of the right alignment; the caller checked that the bytes are there. */
export const readElements = ({ type, itemBytes: width, count, dataAt }: NpyHeader, bytes: Uint8Array): NpyValues => {
  // Not `slice`, which gives a view and not a copy where the bytes are a Node buffer.
  const raw = new Uint8Array(count * width)
  raw.set(bytes.subarray(dataAt, dataAt + count * width))
  switch (type) {
    case "|u1":
      return raw
    case "|b1": {
      const wrong = raw.findIndex((value) => value > 1)
      if (wrong >= 0) throw malformed(dataAt + wrong, `${raw[wrong]} is neither true nor false`)
      return raw
    }
    case "|i1":
      return new Int8Array(raw.buffer)
    case "<u2":
      return new Uint16Array(raw.buffer)
    case "<i2":
      return new Int16Array(raw.buffer)
    case "<u4":
      return new Uint32Array(raw.buffer)
    case "<i4":
      return new Int32Array(raw.buffer)
    case "<f2":
      return Float32Array.from(new Uint16Array(raw.buffer), float16)
    case "<f4":
      return new Float32Array(raw.buffer)
    case "<f8":
      return new Float64Array(raw.buffer)
    case "<i8":
      return exact(new BigInt64Array(raw.buffer), dataAt)
    case "<u8":
      break
  }
  return exact(new BigUint64Array(raw.buffer), dataAt)
}

/** 64-bit integers as doubles; one that a double does not hold exactly is refused. */
const exact = (wide: BigInt64Array | BigUint64Array, dataAt: number): Float64Array => {
  const out = new Float64Array(wide.length)
  for (let i = 0; i < wide.length; i++) {
    const value = Number(wide[i]!)
    if (!Number.isSafeInteger(value))
      throw new ContentFault("OutOfRange", `byte ${dataAt + i * 8}`, `${wide[i]} is beyond 2^53`, "the file is damaged")
    out[i] = value
  }
  return out
}

/** Fortran order (first index fastest) to C order (last index fastest). */
const toCOrder = (values: NpyValues, shape: ReadonlyArray<number>): NpyValues => {
  const out = new (values.constructor as new (length: number) => NpyValues)(values.length)
  const index = new Uint32Array(shape.length)
  const strides = shape.map((_, d) => shape.slice(0, d).reduce((product, size) => product * size, 1))
  let from = 0
  for (let to = 0; to < values.length; to++) {
    out[to] = values[from]!
    for (let d = shape.length - 1; d >= 0; d--) {
      from += strides[d]!
      if (++index[d]! < shape[d]!) break
      from -= strides[d]! * shape[d]!
      index[d] = 0
    }
  }
  return out
}

/** Reads a whole `.npy` file. Throws `ContentFault`. */
export const readNpy = (bytes: Uint8Array): NpyArray => {
  const header = readNpyHeader(bytes, bytes.length)
  const values = readElements(header, bytes)
  return { header, values: header.fortranOrder && header.count > 0 ? toCOrder(values, header.shape) : values }
}

/** True for element types that hold whole numbers, `|b1` left out. */
export const isIntegerType = (type: NpyType): boolean => /[iu]/.test(type)

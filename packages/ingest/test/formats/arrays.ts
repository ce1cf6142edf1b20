/** Writers of the binary containers that fixtures need, made for tests: plain and slow. */
import { crc32, deflateRawSync } from "node:zlib"

const bytesOf = (
  values: Iterable<number>,
  width: number,
  write: (view: DataView, at: number, value: number) => void
) => {
  const all = [...values]
  const bytes = new Uint8Array(all.length * width)
  const view = new DataView(bytes.buffer)
  all.forEach((value, i) => write(view, i * width, value))
  return bytes
}

const writers: Readonly<Record<string, readonly [number, (view: DataView, at: number, value: number) => void]>> = {
  "|u1": [1, (view, at, value) => view.setUint8(at, value)],
  "|i1": [1, (view, at, value) => view.setInt8(at, value)],
  "<u2": [2, (view, at, value) => view.setUint16(at, value, true)],
  "<i2": [2, (view, at, value) => view.setInt16(at, value, true)],
  "<u4": [4, (view, at, value) => view.setUint32(at, value, true)],
  "<i4": [4, (view, at, value) => view.setInt32(at, value, true)],
  "<i8": [8, (view, at, value) => view.setBigInt64(at, BigInt(value), true)],
  "<u8": [8, (view, at, value) => view.setBigUint64(at, BigInt(value), true)],
  "<f4": [4, (view, at, value) => view.setFloat32(at, value, true)],
  "<f8": [8, (view, at, value) => view.setFloat64(at, value, true)]
}

/** Elements of a NumPy type, little-endian. */
export const elements = (type: string, values: Iterable<number>): Uint8Array => {
  const [width, write] = writers[type]!
  return bytesOf(values, width, write)
}

/** An `.npy` file; values as they lie in it. */
export const npy = (
  type: string,
  shape: ReadonlyArray<number>,
  values: Iterable<number>,
  options: { readonly fortran?: boolean; readonly version?: 1 | 2 | 3; readonly header?: string } = {}
): Uint8Array => {
  const size = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`
  const fields =
    options.header ?? `{'descr': '${type}', 'fortran_order': ${options.fortran ? "True" : "False"}, 'shape': ${size}, }`
  const version = options.version ?? 1
  const before = version === 1 ? 10 : 12
  const padded = `${fields.padEnd(Math.ceil((before + fields.length + 1) / 64) * 64 - before - 1)}\n`
  const start = Buffer.alloc(before)
  start.write("\x93NUMPY", "latin1")
  start[6] = version
  if (version === 1) start.writeUInt16LE(padded.length, 8)
  else start.writeUInt32LE(padded.length, 8)
  return Uint8Array.from(Buffer.concat([start, Buffer.from(padded, "latin1"), elements(type, values)]))
}

export interface Member {
  readonly name: string
  readonly bytes: Uint8Array
  readonly stored?: boolean
}

/** A zip archive as `numpy.savez` writes it, deflated unless `stored`. */
export const zip = (members: ReadonlyArray<Member>): Uint8Array => {
  const locals: Array<Buffer> = []
  const central: Array<Buffer> = []
  let offset = 0
  for (const { name, bytes, stored } of members) {
    const packed = stored ? bytes : deflateRawSync(bytes)
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt16LE(stored ? 0 : 8, 4)
    fields.writeUInt32LE(crc32(bytes), 10)
    fields.writeUInt32LE(packed.length, 14)
    fields.writeUInt32LE(bytes.length, 18)
    fields.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), fields, Buffer.from(name, "latin1"), packed])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    const versions = Buffer.from([20, 0])
    central.push(Buffer.concat([Buffer.from([0x50, 0x4b, 1, 2]), versions, fields, tail, Buffer.from(name, "latin1")]))
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(members.length, 8)
  end.writeUInt16LE(members.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Uint8Array.from(Buffer.concat([...locals, directory, end]))
}

export interface Tensor {
  readonly name: string
  readonly dtype: string
  readonly type: string
  readonly shape: ReadonlyArray<number>
  readonly values: ReadonlyArray<number>
}

/** A safetensors file. */
export const safetensors = (tensors: ReadonlyArray<Tensor>): Uint8Array => {
  const header: Record<string, unknown> = {}
  const parts: Array<Uint8Array> = []
  let at = 0
  for (const { name, dtype, type, shape, values } of tensors) {
    const bytes = elements(type, values)
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] }
    parts.push(bytes)
    at += bytes.length
  }
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return Uint8Array.from(Buffer.concat([length, json, ...parts]))
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")

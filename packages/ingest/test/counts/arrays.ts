/** Small files of counts, written by plain code. */

export type Table = ReadonlyArray<ReadonlyArray<number>>

/** `[row][expert]`, the first `dense` rows empty. */
export const madeUp = (seed: number, rows: number, experts: number, dense = 0): Table =>
  Array.from({ length: rows }, (_, row) =>
    Array.from({ length: experts }, (__, e) => (row < dense ? 0 : (seed * 31 + row * 17 + e * e * 7) % 97))
  )

export type NpyType = "<i4" | "<i8" | "<f4" | "<f8" | "|u1"

/** A `.npy` file, version 1.0, C order. */
export const npyFile = (type: NpyType, shape: ReadonlyArray<number>, values: ReadonlyArray<number>): Uint8Array => {
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(", ")}${shape.length === 1 ? "," : ""}), }`
  const text = `${header.padEnd(117)}\n`
  const width = Number(type[2])
  const data = Buffer.alloc(values.length * width)
  values.forEach((value, i) => {
    if (type === "<i4") data.writeInt32LE(value, i * width)
    else if (type === "<i8") data.writeBigInt64LE(BigInt(value), i * width)
    else if (type === "<f4") data.writeFloatLE(value, i * width)
    else if (type === "<f8") data.writeDoubleLE(value, i * width)
    else data.writeUInt8(value, i * width)
  })
  const head = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length, 0])
  return Buffer.concat([head, Buffer.from(text, "latin1"), data])
}

export interface Tensor {
  readonly type: "I32" | "I64" | "F32" | "BF16"
  readonly shape: ReadonlyArray<number>
  readonly values: ReadonlyArray<number>
}

/** A `.safetensors` file with tensors in the order given. */
export const safetensorsFile = (tensors: Readonly<Record<string, Tensor>>): Uint8Array => {
  const header: Record<string, unknown> = {}
  const parts: Array<Buffer> = []
  let at = 0
  for (const [name, { type, shape, values }] of Object.entries(tensors)) {
    const width = type === "I64" ? 8 : type === "BF16" ? 2 : 4
    const data = Buffer.alloc(values.length * width)
    values.forEach((value, i) => {
      if (type === "I64") data.writeBigInt64LE(BigInt(value), i * width)
      else if (type === "F32") data.writeFloatLE(value, i * width)
      else if (type === "I32") data.writeInt32LE(value, i * width)
    })
    header[name] = { dtype: type, shape, data_offsets: [at, at + data.length] }
    at += data.length
    parts.push(data)
  }
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, ...parts])
}

/** A GGUF file, version 3, with metadata as llama-imatrix writes it, and tensors of 32-bit floats in the order given. */
export const ggufFile = (
  tensors: Readonly<Record<string, { readonly shape: ReadonlyArray<number>; readonly values: ReadonlyArray<number> }>>
): Uint8Array => {
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value)
    return bytes
  }
  const u64 = (value: number) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64LE(BigInt(value))
    return bytes
  }
  const word = (text: string) => Buffer.concat([u64(Buffer.byteLength(text)), Buffer.from(text)])
  const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc((32 - (bytes.length % 32)) % 32)])
  const values = [
    [word("general.type"), u32(8), word("imatrix")],
    [word("imatrix.datasets"), u32(9), u32(8), u64(2), word("one.txt"), word("two.txt")],
    [word("imatrix.chunk_count"), u32(4), u32(7)],
    [word("imatrix.chunk_size"), u32(4), u32(512)]
  ]
  const entries = Object.entries(tensors)
  const data = entries.map(([, tensor]) => {
    const bytes = Buffer.alloc(tensor.values.length * 4)
    tensor.values.forEach((value, i) => bytes.writeFloatLE(value, i * 4))
    return padded(bytes)
  })
  const infos = entries.map(([name, { shape }], i) => {
    const before = data.slice(0, i).reduce((total, bytes) => total + bytes.length, 0)
    return Buffer.concat([word(name), u32(shape.length), ...shape.map(u64), u32(0), u64(before)])
  })
  const head = Buffer.concat([
    Buffer.from("GGUF"),
    u32(3),
    u64(entries.length),
    u64(values.length),
    ...values.flat(),
    ...infos
  ])
  return new Uint8Array(Buffer.concat([padded(head), ...data]))
}

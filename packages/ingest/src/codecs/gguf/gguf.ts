/**
 * Headers of GGUF files, versions 2 and 3, little-endian: which tensors there are and where. Values of the metadata are
 * stepped over, but text. Format: ggml/docs/gguf.md. Every length is compared with the file before anything is read.
 */
import { ContentFault } from "../../fault/content-fault.ts"
import type { ByteSource } from "../bytes/byte-source.ts"

export interface GgufTensor {
  readonly name: string
  /** The fastest dimension first. */
  readonly shape: ReadonlyArray<number>
  /** Type of ggml: 0 is 32-bit floats. */
  readonly type: number
  /** Offset in the file. */
  readonly at: number
}

export interface GgufHeader {
  /** Metadata whose values are text. */
  readonly texts: ReadonlyMap<string, string>
  readonly tensors: ReadonlyArray<GgufTensor>
}

const firstPiece = 2 ** 20
/** Tens of thousands of tensors and a vocabulary fit. */
const maxHeader = 2 ** 28
const maxDepth = 4
const maxText = 2 ** 20

/** Bytes a value of metadata, by its type; 8 is text and 9 an array. */
const widths: ReadonlyArray<number> = [1, 1, 2, 2, 4, 4, 4, 1, -1, -1, 8, 8, 8]
const text = 8
const list = 9

/** The type of tensors of plain 32-bit floats. */
export const float32 = 0

/** Thrown inside when the piece that was read ends; caught where a larger one can be read. */
class Short extends Error {}

class Walk {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  at = 0
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  fault(what: string, hint?: string): ContentFault {
    return new ContentFault("Malformed", `byte ${this.at}`, what, hint)
  }

  step(length: number): number {
    if (length > this.#bytes.length - this.at) throw new Short()
    this.at += length
    return this.at - length
  }

  uint32 = (): number => this.#view.getUint32(this.step(4), true)

  /** A 64-bit length or offset; above 2^53 it is none of a file. */
  uint64(): number {
    const value = Number(this.#view.getBigUint64(this.step(8), true))
    if (!Number.isSafeInteger(value)) throw this.fault(`a size of ${value}`)
    return value
  }

  string(): string {
    const length = this.uint64()
    if (length > maxText) throw this.fault(`text of ${length} bytes`)
    const from = this.step(length)
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + from, length).toString("utf8")
  }

  /** Steps over a value; gives it where it is text. */
  value(type: number, depth = 0): string | undefined {
    if (type === text) return this.string()
    if (type === list) {
      const of = this.uint32()
      const length = this.uint64()
      const width = widths[of]
      if (width === undefined || depth > maxDepth) throw this.fault(`a list of type ${of}`)
      if (width > 0) this.step(length * width)
      else for (let i = 0; i < length; i++) this.value(of, depth + 1)
      return undefined
    }
    const width = widths[type]
    if (width === undefined) throw this.fault(`metadata of type ${type}`)
    this.step(width)
    return undefined
  }
}

/** True when `bytes` start as a GGUF file does. */
export const isGguf = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x47 && bytes[1] === 0x47 && bytes[2] === 0x55 && bytes[3] === 0x46

const parse = (bytes: Uint8Array, size: number): GgufHeader => {
  const walk = new Walk(bytes)
  if (bytes.length >= 4 && !isGguf(bytes)) throw walk.fault("does not start as a GGUF file")
  walk.step(4)
  const version = walk.uint32()
  if (version !== 2 && version !== 3)
    throw walk.fault(
      version > 2 ** 16 ? "a GGUF file of big-endian numbers" : `version ${version} of GGUF; 2 and 3 are read`,
      "write it again with a current llama.cpp on a little-endian machine"
    )
  const [tensors, values] = [walk.uint64(), walk.uint64()]
  // The least that one takes: a name without letters, and its numbers.
  if (tensors * 24 > size || values * 13 > size)
    throw walk.fault(`${tensors} tensors and ${values} values in ${size} bytes`)
  const texts = new Map<string, string>()
  let alignment = 32
  for (let i = 0; i < values; i++) {
    const key = walk.string()
    const type = walk.uint32()
    if (key === "general.alignment" && type === 4) alignment = walk.uint32()
    else {
      const value = walk.value(type)
      if (value !== undefined) texts.set(key, value)
    }
  }
  if (alignment < 1 || alignment > 2 ** 20) throw walk.fault(`an alignment of ${alignment}`)
  const found: Array<GgufTensor> = []
  for (let i = 0; i < tensors; i++) {
    const name = walk.string()
    const dimensions = walk.uint32()
    if (dimensions > 4) throw walk.fault(`a tensor of ${dimensions} dimensions`)
    const shape = Array.from({ length: dimensions }, () => walk.uint64())
    found.push({ name, shape, type: walk.uint32(), at: walk.uint64() })
  }
  const aligned = (at: number) => Math.ceil(at / alignment) * alignment
  const dataAt = aligned(walk.at)
  const placed = found.map((tensor) => ({ ...tensor, at: dataAt + tensor.at }))
  // Every tensor is padded, the last one too; how long one is, is known of plain floats alone.
  const end = (one: GgufTensor) =>
    one.type === float32 ? aligned(one.at + one.shape.reduce((product, n) => product * n, 4)) : one.at
  const cut = placed.find((one) => end(one) > size)
  if (cut !== undefined)
    throw new ContentFault(
      "Truncated",
      `byte ${size}`,
      `ends before the end of tensor ${JSON.stringify(cut.name.slice(0, 80))} at byte ${end(cut)}`
    )
  return { texts, tensors: placed }
}

/** Reads the header, in larger pieces until it is whole. Throws `ContentFault`. */
export const readGguf = (source: ByteSource): GgufHeader => {
  for (let length = firstPiece; ; length *= 8) {
    const bytes = source.read(0, Math.min(length, source.size, maxHeader))
    try {
      return parse(bytes, source.size)
    } catch (cause) {
      if (!(cause instanceof Short)) throw cause
      if (length < source.size && length < maxHeader) continue
      throw new ContentFault("Truncated", `byte ${bytes.length}`, "ends inside its header")
    }
  }
}

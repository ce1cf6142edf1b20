/** The bytes of a pickle, taken piece by piece: numbers, text and names, each bounded by what is left. */
import { ContentFault } from "../../fault/content-fault.ts"
import { pickleLimits } from "./limits.ts"
import { Bytes } from "./plain.ts"

export class PickleReader {
  readonly bytes: Uint8Array
  at = 0
  /** Where the opcode being done starts, for messages. */
  op = 0
  readonly #view: DataView
  readonly #member: string
  #text = 0

  constructor(bytes: Uint8Array, member: string) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#member = member
  }

  refuse(what: string, reason: "Malformed" | "Truncated" = "Malformed", hint?: string): never {
    throw new ContentFault(reason, `${this.#member}, byte ${this.op}`, what, hint)
  }

  /** Steps over `length` bytes and gives where they start. */
  take(length: number): number {
    const at = this.at
    if (length > this.bytes.length - at) this.refuse("the pickle ends inside an opcode", "Truncated")
    this.at = at + length
    return at
  }

  uint8 = (): number => this.bytes[this.take(1)]!
  uint16 = (): number => this.#view.getUint16(this.take(2), true)
  uint32 = (): number => this.#view.getUint32(this.take(4), true)
  int32 = (): number => this.#view.getInt32(this.take(4), true)
  /** Beyond 2^53 inexact, which only lengths are, and no pickle is as long. */
  uint64 = (): number => Number(this.#view.getBigUint64(this.take(8), true))
  float64 = (): number => this.#view.getFloat64(this.take(8), false)

  text(length: number): string {
    const at = this.take(length)
    if ((this.#text += length) > pickleLimits.text) this.refuse("more text than a recording needs")
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.bytes.subarray(at, at + length))
    } catch {
      return this.refuse("text that is not UTF-8")
    }
  }

  /** Bytes as they stand; a view, since they are as many as the pickle has. */
  raw(length: number): Bytes {
    const at = this.take(length)
    return new Bytes(this.bytes.subarray(at, at + length))
  }

  line(): string {
    const end = this.bytes.indexOf(10, this.at)
    if (end < 0 || end - this.at > 256) this.refuse("a name without an end", end < 0 ? "Truncated" : "Malformed")
    const text = this.text(end - this.at)
    this.at++
    return text
  }

  /** A whole number; beyond 2^53, where a trainer's ids and seeds may lie, its digits as text, so that none is taken for another. */
  long(length: number): number | string {
    if (length > 32) this.refuse(`a whole number of ${length} bytes`)
    const at = this.take(length)
    let value = 0n
    for (let i = 0; i < length; i++) value |= BigInt(this.bytes[at + i]!) << BigInt(8 * i)
    const whole = BigInt.asIntN(8 * length, value)
    const number = Number(whole)
    return Number.isSafeInteger(number) ? number : String(whole)
  }
}

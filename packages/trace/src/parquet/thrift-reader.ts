/** Reads Thrift's compact protocol field by field, without building a tree. Throws where the bytes are none. */

// Types of the compact protocol (thrift-compact-protocol.md).
export const thriftType = {
  stop: 0,
  yes: 1,
  no: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12
} as const

const deepest = 16

export class ThriftReader {
  readonly bytes: Uint8Array
  at: number
  /** Number and type of the field that `field` read last. */
  id = 0
  type = 0

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  private byte(): number {
    const value = this.bytes[this.at]
    this.pass(1)
    return value!
  }

  private pass(bytes: number): void {
    if (this.at + bytes > this.bytes.length) throw new RangeError("the structure ends early")
    this.at += bytes
  }

  /** An unsigned number of up to 53 bits; more is refused. */
  private varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (value > Number.MAX_SAFE_INTEGER) throw new RangeError("a number is too large")
      if (byte < 128) return value
    }
  }

  /** A signed number. */
  int(): number {
    const value = this.varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  binary(): Uint8Array {
    const length = this.varint()
    const from = this.at
    this.pass(length)
    return this.bytes.subarray(from, this.at)
  }

  text(): string {
    return new TextDecoder().decode(this.binary())
  }

  /** Goes to the next field of a struct whose last field was `last`; false at its end. */
  field(last: number): boolean {
    const byte = this.byte()
    this.type = byte & 15
    if (this.type === thriftType.stop) return false
    this.id = byte >> 4 === 0 ? this.int() : last + (byte >> 4)
    return true
  }

  /** The length of a list of values of `element`; no more than the bytes that are left can hold. */
  list(element: number): number {
    const head = this.byte()
    if ((head & 15) !== element) throw new TypeError("a list is not of what it should hold")
    const length = head >> 4 === 15 ? this.varint() : head >> 4
    if (length > this.bytes.length - this.at) throw new RangeError("a list is longer than the structure")
    return length
  }

  /** The length of a list of structs. */
  structs(): number {
    return this.list(thriftType.struct)
  }

  /** Passes over a value of `type`. */
  skip(type: number, depth = 0): void {
    if (depth > deepest) throw new RangeError("structures lie too deep")
    if (type === thriftType.byte) this.byte()
    else if (type >= thriftType.i16 && type <= thriftType.i64) this.skipInt()
    else if (type === thriftType.double) this.pass(8)
    else if (type === thriftType.binary) this.binary()
    else if (type === thriftType.list || type === thriftType.set) {
      const head = this.byte()
      const length = head >> 4 === 15 ? this.varint() : head >> 4
      const element = head & 15
      // A truth value takes a byte in a list and none in a field.
      for (let i = 0; i < length; i++) this.skip(element <= thriftType.no ? thriftType.byte : element, depth + 1)
    } else if (type === thriftType.struct) {
      for (let last = 0; this.field(last); last = this.id) this.skip(this.type, depth + 1)
    } else if (type !== thriftType.yes && type !== thriftType.no) throw new TypeError(`no type ${type}`)
  }

  private skipInt(): void {
    for (let i = 0; this.byte() >= 128; i++) if (i > 9) throw new RangeError("a number is too long")
  }
}

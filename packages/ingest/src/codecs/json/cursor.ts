/**
 * A strict JSON reader that walks bytes and builds nothing but what it is asked for, so that a file of ids costs its
 * own bytes and the ids. Grammar: RFC 8259; keys of an object must differ.
 */
import { ContentFault, type ContentReason } from "../../fault/content-fault.ts"

const quote = 34
const comma = 44
const minus = 45
const zero = 48
const colon = 58
const openList = 91
const backslash = 92
const closeList = 93
const openObject = 123
const closeObject = 125

const maxDepth = 64
const maxKeys = 1_000_000

const plainEscape = /^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})$/

/** What a JSON value is. */
export type JsonKind = "object" | "list" | "string" | "number" | "true" | "false" | "null"

/** Reads the JSON value in `bytes[at]` to `bytes[end - 1]`; places are offsets into `bytes` plus `base`. */
export class JsonCursor {
  readonly bytes: Uint8Array
  at: number
  readonly end: number
  readonly base: number
  private depth = 0

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length, base = 0) {
    this.bytes = bytes
    this.at = at
    this.end = end
    this.base = base
  }

  faultAt(reason: ContentReason, at: number, what: string, hint?: string): ContentFault {
    return new ContentFault(reason, `byte ${this.base + at}`, what, hint)
  }

  fault(reason: ContentReason, what: string, hint?: string): ContentFault {
    return this.faultAt(reason, this.at, what, hint)
  }

  /** What kind of value comes next. */
  kind(): JsonKind {
    this.blank()
    const c = this.at < this.end ? this.bytes[this.at]! : -1
    if (c === openObject) return "object"
    if (c === openList) return "list"
    if (c === quote) return "string"
    if (c === minus || (c >= zero && c <= 57)) return "number"
    if (c === 116) return "true"
    if (c === 102) return "false"
    if (c === 110) return "null"
    throw this.unexpected("a value")
  }

  /** Walks an object: `visit` must consume the value of each key. */
  object(visit: (key: string) => void): void {
    this.open(openObject, "an object")
    const seen = new Set<string>()
    while (!this.closes(closeObject, seen.size > 0)) {
      this.blank()
      const at = this.at
      const key = this.string()
      if (seen.has(key)) throw this.faultAt("Malformed", at, `the key ${JSON.stringify(key.slice(0, 40))} comes twice`)
      if (seen.size >= maxKeys) throw this.faultAt("Malformed", at, `more than ${maxKeys} keys in an object`)
      seen.add(key)
      this.expect(colon, "a colon")
      visit(key)
    }
    this.depth--
  }

  /** Walks a list: `visit` must consume each value. */
  list(visit: (index: number) => void): number {
    this.open(openList, "a list")
    let length = 0
    while (!this.closes(closeList, length > 0)) visit(length++)
    this.depth--
    return length
  }

  /** A whole number without fraction or exponent, exact as a double. */
  integer(): number {
    this.blank()
    const { bytes, end } = this
    const first = this.at
    let at = first
    const negative = at < end && bytes[at] === minus
    if (negative) at++
    const digits = at
    let value = 0
    // The hot loop of every list of ids: no allocation.
    for (; at < end; at++) {
      const d = bytes[at]! - zero
      if (d < 0 || d > 9) break
      value = value * 10 + d
    }
    if (at === digits || (bytes[digits] === zero && at > digits + 1) || (negative && value === 0))
      throw at >= end && at === digits ? this.endsAt(end, "a whole number") : this.notWhole(first)
    const c = at < end ? bytes[at]! : 0
    // A fraction, an exponent or letters right after the digits.
    if (c === 46 || c === 43 || c === minus || (c >= 65 && c <= 122 && c !== closeList)) throw this.notWhole(first)
    if (value > Number.MAX_SAFE_INTEGER)
      throw this.faultAt("OutOfRange", first, `${this.textAt(first)} is beyond 2^53`, "the file is damaged")
    this.at = at
    return negative ? -value : value
  }

  /** A whole number that is not negative. */
  count(): number {
    this.blank()
    const first = this.at
    const value = this.integer()
    if (value < 0) throw this.faultAt("Malformed", first, `${value} where a count was expected`)
    return value
  }

  string(): string {
    const [from, to, escaped] = this.stringSpan()
    const { buffer, byteOffset } = this.bytes
    const text = Buffer.from(buffer, byteOffset + from, to - from)
    if (!escaped) return text.toString("utf8")
    return JSON.parse(`"${text.toString("utf8")}"`) as string
  }

  /** The bytes up to the next quote as they lie, for strings in which nothing is escaped: the caller refuses all else. */
  plainStringBytes(): Uint8Array {
    this.blank()
    const { bytes, end } = this
    if (this.at >= end || bytes[this.at] !== quote) throw this.unexpected("a string")
    const from = this.at + 1
    const to = bytes.indexOf(quote, from)
    if (to < 0 || to >= end) throw this.endsAt(end, "the end of a string")
    this.at = to + 1
    return bytes.subarray(from, to)
  }

  /** Steps over any value, checking its grammar. */
  skip(): void {
    switch (this.kind()) {
      case "object":
        return this.object(() => this.skip())
      case "list":
        this.list(() => this.skip())
        return
      case "string":
        this.stringSpan()
        return
      case "number":
        return this.skipNumber()
      case "true":
        return this.word("true")
      case "false":
        return this.word("false")
      case "null":
        return this.word("null")
    }
  }

  /** What `read` makes of the next value; where that has a fault, the fault, and the value is stepped over if its grammar is right. */
  attempt<A>(read: () => A): A | ContentFault {
    this.blank()
    const { at, depth } = this
    try {
      return read()
    } catch (cause) {
      if (!(cause instanceof ContentFault)) throw cause
      this.at = at
      this.depth = depth
      this.skip()
      return cause
    }
  }

  /** `true` or `false`. */
  boolean(): boolean {
    const kind = this.kind()
    if (kind !== "true" && kind !== "false") throw this.unexpected("true or false")
    this.word(kind)
    return kind === "true"
  }

  /** True after stepping over a `null`, else nothing is consumed. */
  isNull(): boolean {
    if (this.kind() !== "null") return false
    this.word("null")
    return true
  }

  /** Steps over any number of the grammar. */
  skipNumber(): void {
    this.blank()
    const { bytes, end } = this
    const first = this.at
    let at = first
    const bad = () =>
      at >= end
        ? this.endsAt(end, "the rest of a number")
        : this.faultAt("Malformed", first, `${this.textAt(first)} is not a number`)
    if (bytes[at] === minus && at < end) at++
    const whole = at
    at = this.digitsEnd(at)
    if (at === whole || (bytes[whole] === zero && at > whole + 1)) throw bad()
    if (at < end && bytes[at] === 46) {
      const fraction = ++at
      at = this.digitsEnd(at)
      if (at === fraction) throw bad()
    }
    if (at < end && (bytes[at] === 101 || bytes[at] === 69)) {
      at++
      if (at < end && (bytes[at] === 43 || bytes[at] === minus)) at++
      const exponent = at
      at = this.digitsEnd(at)
      if (at === exponent) throw bad()
    }
    this.at = at
  }

  private digitsEnd(from: number): number {
    const { bytes, end } = this
    let at = from
    while (at < end && bytes[at]! >= zero && bytes[at]! <= 57) at++
    return at
  }

  /** Nothing but white space may be left. */
  finish(): void {
    this.blank()
    if (this.at < this.end) throw this.unexpected("the end")
  }

  /** Bounds of a string's bytes without its quotes, and whether it has escapes; steps over it. */
  private stringSpan(): readonly [number, number, boolean] {
    this.blank()
    const { bytes, end } = this
    if (this.at >= end || bytes[this.at] !== quote) throw this.unexpected("a string")
    const from = this.at + 1
    let escaped = false
    for (let at = from; at < end; at++) {
      const c = bytes[at]!
      if (c === quote) {
        this.at = at + 1
        return [from, at, escaped]
      }
      if (c < 32) throw this.faultAt("Malformed", at, "a control character in a string")
      if (c !== backslash) continue
      escaped = true
      const size = bytes[at + 1] === 117 ? 5 : 1
      if (at + size >= end) break
      const text = String.fromCharCode(...bytes.subarray(at + 1, at + 1 + size))
      if (!plainEscape.test(text)) throw this.faultAt("Malformed", at, `an unknown escape in a string`)
      at += size
    }
    throw this.endsAt(end, "the end of a string")
  }

  private blank(): void {
    const { bytes, end } = this
    let at = this.at
    for (; at < end; at++) {
      const c = bytes[at]!
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) break
    }
    this.at = at
  }

  private open(byte: number, wanted: string): void {
    this.expect(byte, wanted)
    if (++this.depth > maxDepth) throw this.fault("Malformed", `nested deeper than ${maxDepth} levels`)
  }

  /** Steps over the end of a list or object, or over the comma before its next part. */
  private closes(close: number, some: boolean): boolean {
    this.blank()
    if (this.at < this.end && this.bytes[this.at] === close) {
      this.at++
      return true
    }
    if (some) this.expect(comma, close === closeList ? "a comma or ]" : "a comma or }")
    return false
  }

  private expect(byte: number, wanted: string): void {
    this.blank()
    if (this.at >= this.end || this.bytes[this.at] !== byte) throw this.unexpected(wanted)
    this.at++
  }

  private word(word: "true" | "false" | "null"): void {
    for (let i = 0; i < word.length; i++, this.at++) {
      if (this.at >= this.end || this.bytes[this.at] !== word.charCodeAt(i)) throw this.unexpected(word)
    }
  }

  private unexpected(wanted: string): ContentFault {
    if (this.at >= this.end) return this.endsAt(this.end, wanted)
    return this.fault("Malformed", `${this.textAt(this.at)} where ${wanted} was expected`)
  }

  private endsAt(at: number, wanted: string): ContentFault {
    return this.faultAt("Truncated", at, `it ends where ${wanted} was expected`)
  }

  private notWhole(at: number): ContentFault {
    return this.faultAt("Malformed", at, `${this.textAt(at)} is not a plain whole number`)
  }

  /** The text from `at` to the next delimiter, short and printable, for messages. */
  private textAt(at: number): string {
    const text = Buffer.from(this.bytes.buffer, this.bytes.byteOffset + at, Math.min(24, this.end - at)).toString(
      "latin1"
    )
    const shown = /^[^\s,:[\]{}]+/.exec(text)?.[0] ?? text.slice(0, 1)
    return shown.replaceAll(/[^ -~]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`)
  }
}

/** Speculation in plain JavaScript, for machines without WebAssembly SIMD. Compares 8 bytes at a time. */
import type { Matcher, Slot } from "./speculation.ts"
import type { Template } from "./template.ts"
import type { Workspace } from "./workspace.ts"

/** A template in the form that the loop below wants. */
interface Prepared {
  readonly template: Template
  readonly text: DataView
  readonly inner: DataView
  readonly close: DataView
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/**
 * Whether the 8 bytes at `at` differ from those of a template. As floats, since those need no allocation and no two
 * loads: text never has the bits of a NaN or of a zero, so float equality is bit equality where the template is text.
 */
const wordDiffers = (input: DataView, at: number, gap: DataView, from: number): boolean =>
  input.getFloat64(at, true) !== gap.getFloat64(from, true)

/** Whether the input at `at` differs from `gap[from]` to `gap[to - 1]`; the last word overlaps the one before. */
const differs = (input: DataView, at: number, gap: DataView, from: number, to: number): boolean => {
  const shift = at - from
  if (to - from < 8) {
    for (let i = from; i < to; i++) if (input.getUint8(i + shift) !== gap.getUint8(i)) return true
    return false
  }
  let i = from
  for (; i <= to - 8; i += 8) if (wordDiffers(input, i + shift, gap, i)) return true
  return i < to && wordDiffers(input, to - 8 + shift, gap, to - 8)
}

// An id is decoded from the four bytes at its start, without a branch. `word` holds them, the first one lowest.

/** Digits of the id: bytes that look like digits (bits 4 and 5 set), at most 3. */
const idLength = (word: number): number => {
  const like = word & (word >>> 1)
  const second = (like >>> 12) & 1
  return 1 + second + ((like >>> 20) & second)
}

/** The digits' values, right-aligned in the upper bytes: units on top. */
const idDigits = (word: number, length: number): number => (word ^ 0x30303030) << (32 - (length << 3))

const idValue = (digits: number): number =>
  ((digits >>> 8) & 255) * 100 + ((digits >>> 16) & 255) * 10 + (digits >>> 24)

/** Has one of the four top bits set when one of the bytes is no digit. */
const notDigits = (digits: number): number => (digits + 0x76767676) | digits
const topBits = 0x80808080 | 0

/** Negative when a fourth digit follows, or the first of several is a zero. */
const badForm = (word: number, length: number): number => {
  const like = word & (word >>> 1)
  const fourth = (like >>> 28) & (like >>> 20) & (like >>> 12) & 1
  return -fourth | (((word & 255) - 49) & (1 - length))
}

/** Above every value that three bytes can give, so that the table of ids seen needs no bounds check. */
const values = 1 << 15

export class JsMatcher implements Matcher {
  private readonly workspace: Workspace
  private readonly experts: number
  private readonly prepared: Array<Prepared> = []
  private view: DataView = new DataView(new ArrayBuffer(0))
  /** `[values]` number of the row that a value was last seen in. */
  private readonly lastRow = new Int32Array(values)
  private row = 0
  private stop = 0

  constructor(workspace: Workspace, experts: number) {
    this.workspace = workspace
    this.experts = experts
  }

  prepare(template: Template, slot: Slot): void {
    const { text, inner, close } = template
    this.prepared[slot] = { template, text: viewOf(text), inner: viewOf(inner), close: viewOf(close) }
  }

  end(): number {
    return this.stop
  }

  /** The hot loop: one function, everything it needs in local variables, no allocation. */
  match(slot: Slot, at: number, count: number): number {
    const { template, text, inner, close } = this.prepared[slot]!
    const { bytes, ids } = this.workspace
    if (this.view.buffer !== bytes.buffer) this.view = viewOf(bytes)
    const { view, lastRow } = this
    const { rows, topK, starts } = template
    const most = this.experts - 1
    const closing = close.byteLength
    // Between ids: one byte, or 8 to 24 which three words cover, or others that `differs` compares.
    const within = inner.byteLength
    const mark = within > 0 ? inner.getUint8(0) : 0
    const inWords = within >= 8 && within <= 24
    const last = within - 8
    const middle = Math.min(8, last)
    const word0 = inWords ? inner.getFloat64(0, true) : 0
    const word1 = inWords ? inner.getFloat64(middle, true) : 0
    const word2 = inWords ? inner.getFloat64(last, true) : 0
    const room = Math.floor((ids.length - count) / (rows * topK))
    this.stop = at
    for (let units = 0; units < room; units++) {
      for (let r = 0; r < rows; r++) {
        const from = starts[r]!
        const to = starts[r + 1]!
        if (differs(view, at, text, from, to)) return units
        at += to - from
        const row = this.nextRow()
        // Negative, and one of the top bits set, when an id of the row does not pass.
        let form = 0
        let digitFlags = 0
        for (let k = 1; ; k++) {
          const word = view.getInt32(at, true)
          const length = idLength(word)
          const digits = idDigits(word, length)
          const id = idValue(digits)
          digitFlags |= notDigits(digits)
          form |= badForm(word, length) | (most - id) | ((lastRow[id]! ^ row) - 1)
          lastRow[id] = row
          ids[count++] = id
          at += length
          if (k === topK) break
          if (inWords) {
            if (view.getFloat64(at, true) !== word0) return units
            if (view.getFloat64(at + middle, true) !== word1 || view.getFloat64(at + last, true) !== word2) return units
          } else if (within === 1) {
            if (view.getUint8(at) !== mark) return units
          } else if (differs(view, at, inner, 0, within)) return units
          at += within
        }
        if (form < 0 || (digitFlags & topBits) !== 0) return units
      }
      if (differs(view, at, close, 0, closing)) return units
      at += closing
      this.stop = at
    }
    return room
  }

  /** A number for a row that no entry of `lastRow` has. */
  private nextRow(): number {
    if (this.row === 0x7fffffff) {
      this.lastRow.fill(0)
      this.row = 0
    }
    return ++this.row
  }
}

/**
 * Speculation over patterns-json in AssemblyScript with SIMD: what `src/patterns/match-js.ts` does, 16 bytes at a time.
 * `src/patterns/speculation.ts` says why it is sound. Compiled by `scripts/build-wasm.mjs` to
 * `src/patterns/matcher.wasm.ts`. All addresses are given by the host, except for the table of rows below.
 */

/** `[1 << 15]` u32: number of the row that a value was last seen in; three digit-like bytes give no larger value. */
const lastRow: usize = 65536
const valueBits: i32 = 15
let row: u32 = 0

/** Where the last unit that fitted ends. */
let stop: usize = 0

export function end(): usize {
  return stop
}

// A template as the host writes it: i32 words of a header, then `rows + 1` starts, then bytes. Addresses are absolute.
const rowsAt: usize = 0
const topKAt: usize = 4
const textAt: usize = 8
const innerAt: usize = 12
const innerLengthAt: usize = 16
const closeAt: usize = 20
const closeLengthAt: usize = 24
const startsAt: usize = 32

@inline
function zeros(): v128 {
  return i64x2.splat(0)
}

@inline
function differ16(a: usize, b: usize): v128 {
  return v128.xor(v128.load(a), v128.load(b))
}

/** Non-zero bits where `length` bytes at `a` and at `b` differ. The last 16 (or 8) overlap those before. */
@inline
function differ(a: usize, b: usize, length: usize): v128 {
  if (length >= 16) {
    const last = length - 16
    let found = differ16(a + last, b + last)
    for (let i: usize = 0; i < last; i += 16) found = v128.or(found, differ16(a + i, b + i))
    return found
  }
  if (length >= 8) {
    const last = length - 8
    return i64x2.splat((load<u64>(a) ^ load<u64>(b)) | (load<u64>(a + last) ^ load<u64>(b + last)))
  }
  let found: u32 = 0
  for (let i: usize = 0; i < length; i++) found |= load<u8>(a + i) ^ load<u8>(b + i)
  return i32x4.splat(found)
}

// An id is decoded from the four bytes at its start, without a branch. `word` holds them, the first one lowest.

/** Digits of the id: bytes that look like digits (bits 4 and 5 set); 4 means too many. */
@inline
function idLength(word: u32): u32 {
  return ctz((word & (word >>> 1) & 0x10101000) ^ 0x10101000) >>> 3
}

/** The same for an id with another after it: what follows has bit 4 clear, being a comma or white space. */
@inline
function idLengthWithin(word: u32): u32 {
  return ctz(~word & 0x10101000) >>> 3
}

/** The digits' values, right-aligned in the upper bytes: units on top. */
@inline
function idDigits(word: u32, length: u32): u32 {
  return (word ^ 0x30303030) << (32 - (length << 3))
}

@inline
function idValue(digits: u32): u32 {
  return ((digits >>> 8) & 255) * 100 + ((digits >>> 16) & 255) * 10 + (digits >>> 24)
}

/** Has one of the four top bits set when a byte is no digit, a fourth digit follows, a zero leads, or the id is above `most`. */
@inline
function idFaults(word: u32, length: u32, digits: u32, id: u32, most: u32): u32 {
  const sign = (3 - length) | (most - id) | (((word & 255) - 49) & (1 - length))
  return (digits + 0x76767676) | digits | (sign & 0x80000000)
}

const topBits: u32 = 0x80808080

/** Non-zero bits where two of the 8 ids at `ids` are equal: four rotations bring each pair together. */
@inline
function repeated8(ids: usize): v128 {
  const v = v128.load(ids)
  const by1 = v128.shuffle<u16>(v, v, 1, 2, 3, 4, 5, 6, 7, 0)
  const by2 = v128.shuffle<u16>(v, v, 2, 3, 4, 5, 6, 7, 0, 1)
  const by3 = v128.shuffle<u16>(v, v, 3, 4, 5, 6, 7, 0, 1, 2)
  const by4 = v128.shuffle<u16>(v, v, 4, 5, 6, 7, 0, 1, 2, 3)
  return v128.or(
    v128.or(i16x8.eq(v, by1), i16x8.eq(v, by2)),
    v128.or(i16x8.eq(v, by3), i16x8.eq(v, by4))
  )
}

/** Whether two of the `topK` ids at `ids` are equal, for any `topK`. */
function repeated(ids: usize, topK: u32): bool {
  if (++row == 0) {
    memory.fill(lastRow, 0, 4 << valueBits)
    row = 1
  }
  let twice = false
  for (let k: u32 = 0; k < topK; k++) {
    const seen = lastRow + ((<usize>load<u16>(ids + 2 * k)) << 2)
    if (load<u32>(seen) == row) twice = true
    store<u32>(seen, row)
  }
  return twice
}

/** Puts the id of `length` digits in `word` at `ids`; returns its faults. */
@inline
function putId(word: u32, length: u32, ids: usize, most: u32): u32 {
  const digits = idDigits(word, length)
  const id = idValue(digits)
  store<u16>(ids, <u16>id)
  return idFaults(word, length, digits, id, most)
}

// The three loops below decode the `topK` ids, two or more, of a row whose first id is at `at`, put them at `ids` and return
// where the last one ends, 0 when something does not fit. Faults are gathered and looked at once a row, so that nothing but
// the length of each id is waited for. They differ in what stands between ids.

/** Compact JSON: one byte. */
function idsByByte(at: usize, ids: usize, topK: u32, inner: usize, most: u32): usize {
  const mark = <u32>load<u8>(inner)
  const last = ids + 2 * (topK - 1)
  let others: u32 = 0
  let faults: u32 = 0
  for (; ids < last; ids += 2) {
    const word = load<u32>(at)
    const length = idLengthWithin(word)
    faults |= putId(word, length, ids, most)
    others |= <u32>load<u8>(at + length) ^ mark
    at += 1 + length
  }
  const word = load<u32>(at)
  const length = idLength(word)
  faults |= putId(word, length, ids, most)
  return (faults & topBits) | others ? 0 : at + length
}

/** Pretty JSON: 16 to 32 bytes, compared as two overlapping vectors. */
function idsByVectors(at: usize, ids: usize, topK: u32, inner: usize, innerLength: usize, most: u32): usize {
  const second = innerLength - 16
  const start = v128.load(inner)
  const end = v128.load(inner + second)
  const last = ids + 2 * (topK - 1)
  let found = zeros()
  let faults: u32 = 0
  for (; ids < last; ids += 2) {
    const word = load<u32>(at)
    const length = idLengthWithin(word)
    faults |= putId(word, length, ids, most)
    found = v128.or(found, v128.xor(v128.load(at + length), start))
    found = v128.or(found, v128.xor(v128.load(at + second + length), end))
    at = at + innerLength + length
  }
  const word = load<u32>(at)
  const length = idLength(word)
  faults |= putId(word, length, ids, most)
  return (faults & topBits) != 0 || v128.any_true(found) ? 0 : at + length
}

/** Anything else. */
function idsByGap(at: usize, ids: usize, topK: u32, inner: usize, innerLength: usize, most: u32): usize {
  const last = ids + 2 * (topK - 1)
  let found = zeros()
  let faults: u32 = 0
  for (; ids < last; ids += 2) {
    const word = load<u32>(at)
    const length = idLengthWithin(word)
    faults |= putId(word, length, ids, most)
    found = v128.or(found, differ(at + length, inner, innerLength))
    at = at + innerLength + length
  }
  const word = load<u32>(at)
  const length = idLength(word)
  faults |= putId(word, length, ids, most)
  return (faults & topBits) != 0 || v128.any_true(found) ? 0 : at + length
}

/** One of the loops above, and that the ids are different. */
@inline
function idsAt(at: usize, ids: usize, topK: u32, inner: usize, innerLength: usize, most: u32): usize {
  if (topK == 1) {
    const word = load<u32>(at)
    const length = idLength(word)
    return (putId(word, length, ids, most) & topBits) != 0 ? 0 : at + length
  }
  if (innerLength - 16 <= 16) at = idsByVectors(at, ids, topK, inner, innerLength, most)
  else if (innerLength == 1) at = idsByByte(at, ids, topK, inner, most)
  else at = idsByGap(at, ids, topK, inner, innerLength, most)
  if (at == 0) return 0
  if (topK == 8) return v128.any_true(repeated8(ids)) ? 0 : at
  return repeated(ids, topK) ? 0 : at
}

/**
 * Copies `count` rows of `bytes` bytes, whose starts lie `stride` bytes apart from `from` on, to one after another from
 * `to` on.
 */
export function gather(from: usize, stride: usize, bytes: usize, count: u32, to: usize): void {
  const end = to + bytes * count
  if (bytes == 16) {
    for (; to < end; to += 16, from += stride) v128.store(to, v128.load(from))
  } else if (bytes == 2) {
    for (; to < end; to += 2, from += stride) store<u16>(to, load<u16>(from))
  } else {
    for (; to < end; to += bytes, from += stride)
      for (let i: usize = 0; i < bytes; i += 2) store<u16>(to + i, load<u16>(from + i))
  }
}

/** How many units from `at` fit the template, at most `room`; their ids are put at `ids`. */
export function match(template: usize, at: usize, ids: usize, room: u32, experts: u32): u32 {
  const rows = load<u32>(template + rowsAt)
  const topK = load<u32>(template + topKAt)
  const text = <usize>load<u32>(template + textAt)
  const inner = <usize>load<u32>(template + innerAt)
  const innerLength = <usize>load<u32>(template + innerLengthAt)
  const close = <usize>load<u32>(template + closeAt)
  const closeLength = <usize>load<u32>(template + closeLengthAt)
  const starts = template + startsAt
  stop = at
  for (let units: u32 = 0; units < room; units++) {
    for (let r: u32 = 0; r < rows; r++) {
      const from = <usize>load<u32>(starts + 4 * r)
      const length = <usize>load<u32>(starts + 4 * r + 4) - from
      if (v128.any_true(differ(at, text + from, length))) return units
      at = idsAt(at + length, ids, topK, inner, innerLength, experts - 1)
      if (at == 0) return units
      ids += 2 * topK
    }
    if (v128.any_true(differ(at, close, closeLength))) return units
    at += closeLength
    stop = at
  }
  return room
}

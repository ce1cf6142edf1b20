/**
 * Speculation over patterns-json in AssemblyScript with SIMD: what `src/patterns/match-js.ts` does, 16 bytes at a time.
 * `src/patterns/speculation.ts` says why it is sound. Compiled by `scripts/build-wasm.mjs` to
 * `src/formats/patterns-json/matcher.wasm.ts`. All addresses are given by the host, except for the tables below.
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

/**
 * Not zero when the row just decoded does not fit. Apart from where the row ends, for that is what the next row waits for:
 * as one value the two would make it wait for the judgement too, which takes thrice as long.
 */
let wrong: u32 = 0

// A template as the host writes it: i32 words of a header, then `rows + 1` starts, then bytes. Addresses are absolute.
const rowsAt: usize = 0
const topKAt: usize = 4
const textAt: usize = 8
const innerAt: usize = 12
const innerLengthAt: usize = 16
const closeAt: usize = 20
const closeLengthAt: usize = 24
const byEightAt: usize = 28
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

/** Non-zero bits where two of the 8 ids are equal: four rotations bring each pair together. */
@inline
function repeated8(v: v128): v128 {
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

// Rows of 8 ids in the two usual layouts are decoded all at once. Their digits are gathered 4 ids a vector: 4 bytes of units,
// 4 of tens, 4 of hundreds, 4 of what is before those. Constants come from memory, since made anew for each row they cost more
// than the rest.

const constants: usize = memory.data<u8>([
  3, 7, 11, 15, 2, 6, 10, 14, 1, 5, 9, 13, 0, 4, 8, 12, // words to digits by place
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, // places
  48, 9, 44, 0, 10, 0, 100, 0
])

@inline
function zeroDigits(): v128 {
  return v128.load_splat<u8>(constants + 32)
}

@inline
function nines(): v128 {
  return v128.load_splat<u8>(constants + 33)
}

@inline
function commas(): v128 {
  return v128.load_splat<u8>(constants + 34)
}

@inline
function tens(): v128 {
  return v128.load_splat<u16>(constants + 36)
}

@inline
function hundreds(): v128 {
  return v128.load_splat<u16>(constants + 38)
}

/** The first and the second 8 bytes of two vectors, by fours. */
@inline
function firstFours(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(a, b, 0, 4, 1, 5)
}

@inline
function secondFours(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(a, b, 2, 6, 3, 7)
}

/**
 * Puts 8 ids at `ids`: their units and tens in `low`, their hundreds in the first 8 bytes of `high`. Non-zero bits when one
 * is below its place in `least`, or above `most`, or two are equal.
 */
@inline
function putEight(low: v128, high: v128, least: v128, most: v128, ten: v128, hundred: v128, ids: usize): v128 {
  const upper = i16x8.mul(i16x8.extend_low_i8x16_u(high), hundred)
  const middle = i16x8.mul(i16x8.extend_high_i8x16_u(low), ten)
  const values = i16x8.add(i16x8.add(i16x8.extend_low_i8x16_u(low), middle), upper)
  v128.store(ids, values)
  return v128.or(v128.or(i16x8.gt_s(least, values), i16x8.gt_s(values, most)), repeated8(values))
}

/** Pages of tables after that of rows: from a mask of 16 bits to a group, and what is known of each group. */
const groupOf: usize = 3 << 16
const shuffles: usize = 4 << 16
const leasts: usize = shuffles + 4096
/** Of a mask that does not begin with four ids. */
const noGroup: u32 = 128

/**
 * The tables for 4 ids of 1-3 digits, each with one byte after it, in 16 bytes: 81 groups of lengths. `groupOf` takes a
 * mask of the bytes that are no digits; `shuffles` brings the digits to their places; `leasts` are the least ids of such
 * lengths, as u16.
 */
function makeTables(): void {
  memory.fill(groupOf, <u8>noGroup, 1 << 16)
  memory.fill(shuffles, 0x80, 16 * (noGroup + 1))
  for (let group: u32 = 0; group < 81; group++) {
    let mask: u32 = 0
    let end: u32 = 0
    let rest = group
    for (let id: u32 = 0; id < 4; id++) {
      const length: u32 = 1 + (rest % 3)
      rest /= 3
      end += length
      for (let place: u32 = 0; place < length; place++)
        store<u8>(shuffles + 16 * group + 4 * place + id, <u8>(end - 1 - place))
      store<u16>(leasts + 8 * group + 2 * id, length == 1 ? 0 : length == 2 ? 10 : 100)
      mask |= 1 << end
      end++
    }
    // Whatever comes after them.
    for (let after: u32 = 0; after < <u32>(1 << (16 - end)); after++)
      store<u8>(groupOf + (mask | (after << end)), <u8>group)
  }
}

makeTables()

/** The place of the fourth of the bits set in `mask`. */
@inline
function fourth(mask: u32): u32 {
  mask &= mask - 1
  mask &= mask - 1
  mask &= mask - 1
  return ctz(mask)
}

/** 8 ids with one byte between: they and the byte after them have room in 32 bytes. */
@inline
function eightByByte(at: usize, ids: usize, mark: v128, most: v128, zero: v128, nine: v128, ten: v128, hundred: v128): usize {
  const first = v128.load(at)
  const second = v128.load(at, 16)
  const firstDigits = i8x16.sub(first, zero)
  const secondDigits = i8x16.sub(second, zero)
  const others =
    <u32>i8x16.bitmask(i8x16.gt_u(firstDigits, nine)) | (<u32>i8x16.bitmask(i8x16.gt_u(secondDigits, nine)) << 16)
  const marks = <u32>i8x16.bitmask(i8x16.eq(first, mark)) | (<u32>i8x16.bitmask(i8x16.eq(second, mark)) << 16)
  const half = fourth(others) + 1
  const rest = others >>> half
  const length = half + fourth(rest)
  const groupA = <u32>load<u8>(groupOf + (others & 0xffff))
  const groupB = <u32>load<u8>(groupOf + (rest & 0xffff))
  const a = i8x16.swizzle(firstDigits, v128.load(shuffles + 16 * groupA))
  const b = i8x16.swizzle(i8x16.sub(v128.load(at + half), zero), v128.load(shuffles + 16 * groupB))
  const least = v128.load_lane<u64>(leasts + 8 * groupB, v128.load_zero<u64>(leasts + 8 * groupA), 1)
  const faults = putEight(firstFours(a, b), secondFours(a, b), least, most, ten, hundred, ids)
  // Between ids there is the mark and nothing else; the byte after them is for the template.
  wrong = ((groupA | groupB) & noGroup) | ((others ^ marks) & ((1 << length) - 1)) | <u32>v128.any_true(faults)
  return at + length
}

/** The first comma from `at` on, or 16 bytes on. Its caller finds out when it is no comma: then some id is too long. */
@inline
function commaFrom(at: usize, comma: v128): usize {
  return at + ctz(<u32>i8x16.bitmask(i8x16.eq(v128.load(at), comma)) | 0x10000)
}

/** The 4 bytes before each of four places, as digits by place. */
@inline
function digitsBefore(a: usize, b: usize, c: usize, d: usize, byPlace: v128): v128 {
  let words = v128.load_zero<u32>(a - 4)
  words = v128.load_lane<u32>(b - 4, words, 1)
  words = v128.load_lane<u32>(c - 4, words, 2)
  return i8x16.swizzle(v128.load_lane<u32>(d - 4, words, 3), byPlace)
}

/**
 * 8 ids with 6 to 18 bytes between, a comma first. The commas are looked for where they are at the earliest, four at a time,
 * so that they wait less for each other.
 *
 * Why nothing else passes: what follows each comma is compared, so between ids there is no digit and no other comma. Take
 * the bytes from there to the next comma as an id of n bytes. Where n is 0, or a comma is found in 16 bytes too few, the byte
 * before it is no digit, and an id lacks its units; where a comma is found again, so is an id. Otherwise at most min(n, 3)
 * of its bytes count as digits, and in all ids there are as many digits as bytes. So every n is 1 to 3, each byte a digit, and
 * where n is so small the commas are within those 16 bytes.
 */
@inline
function eightByGap(
  at: usize, ids: usize, inner: v128, mask: v128, gap: usize, ending: u32, most: v128, zero: v128, nine: v128,
  ten: v128, hundred: v128, comma: v128, byPlace: v128
): usize {
  const step = gap + 1
  const c0 = commaFrom(at + 1, comma)
  const c1 = commaFrom(at + 1 + step, comma)
  const c2 = commaFrom(at + 1 + 2 * step, comma)
  const c3 = commaFrom(at + 1 + 3 * step, comma)
  const c4 = commaFrom(c3 + step, comma)
  const c5 = commaFrom(c3 + 2 * step, comma)
  const c6 = commaFrom(c3 + 3 * step, comma)
  const last = c6 + gap
  const end = last + idLength(load<u32>(last))
  let found = v128.xor(v128.load(c0, 1), inner)
  found = v128.or(found, v128.xor(v128.load(c1, 1), inner))
  found = v128.or(found, v128.xor(v128.load(c2, 1), inner))
  found = v128.or(found, v128.xor(v128.load(c3, 1), inner))
  found = v128.or(found, v128.xor(v128.load(c4, 1), inner))
  found = v128.or(found, v128.xor(v128.load(c5, 1), inner))
  found = v128.and(v128.or(found, v128.xor(v128.load(c6, 1), inner)), mask)
  // The last byte, since the first is the comma and 16 were compared.
  let others = <u32>load<u8>(c0 + gap - 1) ^ ending
  others |= <u32>load<u8>(c1 + gap - 1) ^ ending
  others |= <u32>load<u8>(c2 + gap - 1) ^ ending
  others |= <u32>load<u8>(c3 + gap - 1) ^ ending
  others |= <u32>load<u8>(c4 + gap - 1) ^ ending
  others |= <u32>load<u8>(c5 + gap - 1) ^ ending
  others |= <u32>load<u8>(last - 1) ^ ending
  const a = digitsBefore(c0, c1, c2, c3, byPlace)
  const b = digitsBefore(c4, c5, c6, end, byPlace)
  const lowValues = i8x16.sub(firstFours(a, b), zero)
  const highValues = i8x16.sub(secondFours(a, b), zero)
  const low = i8x16.le_u(lowValues, nine)
  const high = i8x16.le_u(highValues, nine)
  const least = i16x8.max_s(
    v128.and(i16x8.extend_high_i8x16_u(low), ten),
    v128.and(i16x8.extend_low_i8x16_u(high), hundred)
  )
  const faults = putEight(v128.and(lowValues, low), v128.and(highValues, high), least, most, ten, hundred, ids)
  const digits = <u32>i8x16.bitmask(low) | (<u32>i8x16.bitmask(high) << 16)
  const amiss = others | ((digits & 0xff0000ff) ^ 0xff) | (<u32>popcnt(digits) ^ <u32>(end - at - 7 * gap))
  wrong = amiss | <u32>v128.any_true(v128.or(faults, found))
  return end
}

// The three loops below decode the `topK` ids, two or more, of a row whose first id is at `at`, put them at `ids` and return
// where the last one ends. Faults are gathered and looked at once a row, so that nothing but
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
  wrong = (faults & topBits) | others
  return at + length
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
  wrong = (faults & topBits) | <u32>v128.any_true(found)
  return at + length
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
  wrong = (faults & topBits) | <u32>v128.any_true(found)
  return at + length
}

/** One of the loops above, and that the ids are different. */
@inline
function idsAt(at: usize, ids: usize, topK: u32, inner: usize, innerLength: usize, most: u32): usize {
  if (topK == 1) {
    const word = load<u32>(at)
    const length = idLength(word)
    wrong = putId(word, length, ids, most) & topBits
    return at + length
  }
  if (innerLength - 16 <= 16) at = idsByVectors(at, ids, topK, inner, innerLength, most)
  else if (innerLength == 1) at = idsByByte(at, ids, topK, inner, most)
  else at = idsByGap(at, ids, topK, inner, innerLength, most)
  if (topK == 8) wrong |= <u32>v128.any_true(repeated8(v128.load(ids)))
  else if (wrong == 0) wrong = <u32>repeated(ids, topK)
  return at
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
  const byEight = load<u32>(template + byEightAt)
  const starts = template + startsAt
  const mark = v128.load_splat<u8>(inner)
  const most = i16x8.splat(<i16>min<u32>(experts - 1, 999))
  const within = v128.load(inner, 1)
  const mask = i8x16.lt_s(v128.load(constants + 16), i8x16.splat(<i8>min<usize>(innerLength - 1, 16)))
  const ending = <u32>load<u8>(inner + innerLength - 1)
  const zero = zeroDigits()
  const nine = nines()
  const comma = commas()
  const ten = tens()
  const hundred = hundreds()
  const byPlace = v128.load(constants)
  stop = at
  for (let units: u32 = 0; units < room; units++) {
    for (let r: u32 = 0; r < rows; r++) {
      const from = <usize>load<u32>(starts + 4 * r)
      const length = <usize>load<u32>(starts + 4 * r + 4) - from
      if (v128.any_true(differ(at, text + from, length))) return units
      at += length
      if (byEight == 2) at = eightByGap(at, ids, within, mask, innerLength, ending, most, zero, nine, ten, hundred, comma, byPlace)
      else if (byEight == 1) at = eightByByte(at, ids, mark, most, zero, nine, ten, hundred)
      else at = idsAt(at, ids, topK, inner, innerLength, experts - 1)
      if (wrong != 0) return units
      ids += 2 * topK
    }
    if (v128.any_true(differ(at, close, closeLength))) return units
    at += closeLength
    stop = at
  }
  return room
}

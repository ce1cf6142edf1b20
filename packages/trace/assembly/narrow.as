/**
 * Counting of rows of eight different experts in AssemblyScript, into 16 bits a cell: half of the memory of a matrix, so twice
 * as much of it in the nearest cache. A cell gets at most one count a row, so the host sums them before 65,536 rows; where
 * rows have an expert twice it may run over, which the sum of all cells tells.
 */

@inline
function add1(at: usize): void {
  store<u16>(at, <u16>(<u32>load<u16>(at) + 1))
}

@inline
function addRow(
  row: usize,
  b0: usize,
  b1: usize,
  b2: usize,
  b3: usize,
  b4: usize,
  b5: usize,
  b6: usize,
  b7: usize
): void {
  add1(row + b0)
  add1(row + b1)
  add1(row + b2)
  add1(row + b3)
  add1(row + b4)
  add1(row + b5)
  add1(row + b6)
  add1(row + b7)
}

@inline
function cell(id: usize, into: usize): usize {
  return ((<usize>load<u16>(id)) << 1) + into
}

/** Joint counts: the same runs as those of `joint`, matrices of 16 bits a cell, each at a multiple of 16. */
export function jointNarrow(a: usize, b: usize, experts: u32, runs: usize, count: u32, matrices: usize): void {
  const width: usize = (<usize>experts) << 1
  const size: usize = (width * experts + 15) & ~15
  for (const end = runs + ((<usize>count) << 4); runs < end; runs += 16) {
    let x = a + ((<usize>load<u32>(runs)) << 4)
    let y = b + ((<usize>load<u32>(runs, 4)) << 4)
    const last = x + ((<usize>load<u32>(runs, 8)) << 4)
    const into = matrices + load<u32>(runs, 12) * size
    for (; x < last; x += 16, y += 16) {
      const b0 = cell(y, into)
      const b1 = cell(y + 2, into)
      const b2 = cell(y + 4, into)
      const b3 = cell(y + 6, into)
      const b4 = cell(y + 8, into)
      const b5 = cell(y + 10, into)
      const b6 = cell(y + 12, into)
      const b7 = cell(y + 14, into)
      addRow(<usize>load<u16>(x) * width, b0, b1, b2, b3, b4, b5, b6, b7)
      addRow(<usize>load<u16>(x, 2) * width, b0, b1, b2, b3, b4, b5, b6, b7)
      addRow(<usize>load<u16>(x, 4) * width, b0, b1, b2, b3, b4, b5, b6, b7)
      addRow(<usize>load<u16>(x, 6) * width, b0, b1, b2, b3, b4, b5, b6, b7)
      addRow(<usize>load<u16>(x, 8) * width, b0, b1, b2, b3, b4, b5, b6, b7)
      addRow(<usize>load<u16>(x, 10) * width, b0, b1, b2, b3, b4, b5, b6, b7)
      addRow(<usize>load<u16>(x, 12) * width, b0, b1, b2, b3, b4, b5, b6, b7)
      addRow(<usize>load<u16>(x, 14) * width, b0, b1, b2, b3, b4, b5, b6, b7)
    }
  }
}

/** Pairs of two ids of a row, the one that stands first as the row of the matrix. */
export function pairsNarrow(a: usize, rows: u32, experts: u32, into: usize): void {
  const width: usize = (<usize>experts) << 1
  for (const end = a + ((<usize>rows) << 4); a < end; a += 16) {
    const b = cell(a + 2, into)
    const c = cell(a + 4, into)
    const d = cell(a + 6, into)
    const e = cell(a + 8, into)
    const f = cell(a + 10, into)
    const g = cell(a + 12, into)
    const h = cell(a + 14, into)
    let row = <usize>load<u16>(a) * width
    add1(row + b)
    add1(row + c)
    add1(row + d)
    add1(row + e)
    add1(row + f)
    add1(row + g)
    add1(row + h)
    row = <usize>load<u16>(a, 2) * width
    add1(row + c)
    add1(row + d)
    add1(row + e)
    add1(row + f)
    add1(row + g)
    add1(row + h)
    row = <usize>load<u16>(a, 4) * width
    add1(row + d)
    add1(row + e)
    add1(row + f)
    add1(row + g)
    add1(row + h)
    row = <usize>load<u16>(a, 6) * width
    add1(row + e)
    add1(row + f)
    add1(row + g)
    add1(row + h)
    row = <usize>load<u16>(a, 8) * width
    add1(row + f)
    add1(row + g)
    add1(row + h)
    row = <usize>load<u16>(a, 10) * width
    add1(row + g)
    add1(row + h)
    add1(<usize>load<u16>(a, 12) * width + h)
  }
}

/** Sum of all cells: of rows of different experts it is as many as were added, and less where a cell ran over. */
export function totalNarrow(matrices: usize, bytes: u32): u32 {
  let sum = i32x4.splat(0)
  for (const end = matrices + bytes; matrices < end; matrices += 16)
    sum = i32x4.add(sum, i32x4.extadd_pairwise_i16x8_u(v128.load(matrices)))
  return (
    i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3)
  )
}

/**
 * Adds to each of `count` sums of 32 bits the matrices of 16 bits, of `cells` cells (rounded up to 8) each, whose bits its
 * mask has. Sums lie `bytes` apart.
 */
export function sumNarrow(matrices: usize, cells: u32, masks: usize, count: u32, into: usize, bytes: u32): void {
  const size: usize = (((<usize>cells) << 1) + 15) & ~15
  for (let n: u32 = 0; n < count; n++, masks += 4, into += bytes) {
    let from = matrices
    for (let mask = load<u32>(masks); mask !== 0; mask >>= 1, from += size) {
      if ((mask & 1) === 0) continue
      let to = into
      for (let at = from; at < from + size; at += 16, to += 32) {
        const part = v128.load(at)
        v128.store(to, i32x4.add(v128.load(to), i32x4.extend_low_i16x8_u(part)))
        v128.store(to, i32x4.add(v128.load(to, 16), i32x4.extend_high_i16x8_u(part)), 16)
      }
    }
  }
}

@inline
function hitsOf(
  row: usize,
  y0: usize,
  y1: usize,
  y2: usize,
  y3: usize,
  y4: usize,
  y5: usize,
  y6: usize,
  y7: usize
): u32 {
  return (
    <u32>load<u8>(row + y0) +
    <u32>load<u8>(row + y1) +
    <u32>load<u8>(row + y2) +
    <u32>load<u8>(row + y3) +
    <u32>load<u8>(row + y4) +
    <u32>load<u8>(row + y5) +
    <u32>load<u8>(row + y6) +
    <u32>load<u8>(row + y7)
  )
}

@inline
function sumOf(bytes: usize, y: usize): u32 {
  return (
    <u32>load<u8>(bytes + load<u16>(y)) +
    <u32>load<u8>(bytes + load<u16>(y, 2)) +
    <u32>load<u8>(bytes + load<u16>(y, 4)) +
    <u32>load<u8>(bytes + load<u16>(y, 6)) +
    <u32>load<u8>(bytes + load<u16>(y, 8)) +
    <u32>load<u8>(bytes + load<u16>(y, 10)) +
    <u32>load<u8>(bytes + load<u16>(y, 12)) +
    <u32>load<u8>(bytes + load<u16>(y, 14))
  )
}

/** `judge` of rows of eight experts, which may repeat. */
export function judge8(
  a: usize,
  b: usize,
  experts: u32,
  runs: usize,
  count: u32,
  chosen: usize,
  popular: usize,
  top: u32,
  answers: usize
): void {
  const topRow = chosen + (<usize>top) * experts
  const width = <usize>experts
  const tops = i16x8.splat(<i16>top)
  for (const end = runs + ((<usize>count) << 4); runs < end; runs += 16) {
    let x = a + ((<usize>load<u32>(runs)) << 4)
    let y = b + ((<usize>load<u32>(runs, 4)) << 4)
    const rows = load<u32>(runs, 8)
    const last = x + ((<usize>rows) << 4)
    const answer = answers + load<u32>(runs, 12) * 24
    let hits: u32 = 0
    let popularHits: u32 = 0
    let withTop: u32 = 0
    let topHits: u32 = 0
    let topPopular: u32 = 0
    for (; x < last; x += 16, y += 16) {
      const y0 = chosen + load<u16>(y)
      const y1 = chosen + load<u16>(y, 2)
      const y2 = chosen + load<u16>(y, 4)
      const y3 = chosen + load<u16>(y, 6)
      const y4 = chosen + load<u16>(y, 8)
      const y5 = chosen + load<u16>(y, 10)
      const y6 = chosen + load<u16>(y, 12)
      const y7 = chosen + load<u16>(y, 14)
      hits += hitsOf(<usize>load<u16>(x) * width, y0, y1, y2, y3, y4, y5, y6, y7)
      hits += hitsOf(<usize>load<u16>(x, 2) * width, y0, y1, y2, y3, y4, y5, y6, y7)
      hits += hitsOf(<usize>load<u16>(x, 4) * width, y0, y1, y2, y3, y4, y5, y6, y7)
      hits += hitsOf(<usize>load<u16>(x, 6) * width, y0, y1, y2, y3, y4, y5, y6, y7)
      hits += hitsOf(<usize>load<u16>(x, 8) * width, y0, y1, y2, y3, y4, y5, y6, y7)
      hits += hitsOf(<usize>load<u16>(x, 10) * width, y0, y1, y2, y3, y4, y5, y6, y7)
      hits += hitsOf(<usize>load<u16>(x, 12) * width, y0, y1, y2, y3, y4, y5, y6, y7)
      hits += hitsOf(<usize>load<u16>(x, 14) * width, y0, y1, y2, y3, y4, y5, y6, y7)
      const ends = sumOf(popular, y)
      popularHits += ends
      if (v128.any_true(i16x8.eq(v128.load(x), tops))) {
        withTop++
        topPopular += ends
        topHits += sumOf(topRow, y)
      }
    }
    store<u32>(answer, load<u32>(answer) + (rows << 6))
    store<u32>(answer, load<u32>(answer, 4) + hits, 4)
    store<u32>(answer, load<u32>(answer, 8) + (popularHits << 3), 8)
    store<u32>(answer, load<u32>(answer, 12) + (withTop << 3), 12)
    store<u32>(answer, load<u32>(answer, 16) + topHits, 16)
    store<u32>(answer, load<u32>(answer, 20) + topPopular, 20)
  }
}

/**
 * Counting loops in AssemblyScript: what `src/kernels/count-js.ts` does. Compiled by `scripts/build-wasm.mjs` to
 * `src/kernels/kernels.wasm.ts`. All addresses are given by the host. A run is four u32: first row of `a`, first row of
 * `b`, rows, and the number of the matrix (or of the answer) that it counts into. No SIMD: scattered additions have none.
 */

export * from "./narrow"
export * from "./samples"
export * from "./statistics"

@inline
function add1(at: usize): void {
  store<u32>(at, load<u32>(at) + 1)
}

function joint1(a: usize, b: usize, rows: u32, experts: u32, into: usize): void {
  const width: usize = (<usize>experts) << 2
  for (const end = a + ((<usize>rows) << 1); a < end; a += 2, b += 2)
    add1(into + <usize>load<u16>(a) * width + ((<usize>load<u16>(b)) << 2))
}

function joint8(a: usize, b: usize, rows: u32, experts: u32, into: usize): void {
  const width: usize = (<usize>experts) << 2
  for (const end = a + ((<usize>rows) << 4); a < end; b += 16) {
    const b0 = (<usize>load<u16>(b)) << 2
    const b1 = (<usize>load<u16>(b, 2)) << 2
    const b2 = (<usize>load<u16>(b, 4)) << 2
    const b3 = (<usize>load<u16>(b, 6)) << 2
    const b4 = (<usize>load<u16>(b, 8)) << 2
    const b5 = (<usize>load<u16>(b, 10)) << 2
    const b6 = (<usize>load<u16>(b, 12)) << 2
    const b7 = (<usize>load<u16>(b, 14)) << 2
    for (const last = a + 16; a < last; a += 2) {
      const row = into + <usize>load<u16>(a) * width
      add1(row + b0)
      add1(row + b1)
      add1(row + b2)
      add1(row + b3)
      add1(row + b4)
      add1(row + b5)
      add1(row + b6)
      add1(row + b7)
    }
  }
}

/** Any top-k, with or without holes: whatever is no expert takes part in no pair. */
function jointAny(a: usize, b: usize, rows: u32, topK: u32, experts: u32, into: usize): void {
  const width: usize = (<usize>experts) << 2
  const row: usize = (<usize>topK) << 1
  for (const end = a + rows * row; a < end; a += row, b += row) {
    for (let i: usize = 0; i < row; i += 2) {
      const from = <u32>load<u16>(a + i)
      if (from >= experts) continue
      const line = into + from * width
      for (let j: usize = 0; j < row; j += 2) {
        const to = <u32>load<u16>(b + j)
        if (to < experts) add1(line + ((<usize>to) << 2))
      }
    }
  }
}

export function joint(
  a: usize,
  b: usize,
  topK: u32,
  experts: u32,
  holes: bool,
  runs: usize,
  count: u32,
  into: usize
): void {
  const row: usize = (<usize>topK) << 1
  // Matrices follow one another, each at a multiple of 16.
  const size: usize = ((((<usize>experts) * experts) << 2) + 15) & ~15
  for (const end = runs + ((<usize>count) << 4); runs < end; runs += 16) {
    const x = a + load<u32>(runs) * row
    const y = b + load<u32>(runs, 4) * row
    const rows = load<u32>(runs, 8)
    const matrix = into + load<u32>(runs, 12) * size
    if (!holes && topK == 8) joint8(x, y, rows, experts, matrix)
    else if (!holes && topK == 1) joint1(x, y, rows, experts, matrix)
    else jointAny(x, y, rows, topK, experts, matrix)
  }
}

/**
 * Judges each run by `chosen` (`experts x experts` bytes, 1 where j is a candidate given i), `popular` (`experts` bytes)
 * and expert `top`. Adds to the six u32 of the run's answer: pairs, hits, hits of the popular; then the same for the
 * pairs that begin at `top`.
 */
export function judge(
  a: usize,
  b: usize,
  topK: u32,
  experts: u32,
  runs: usize,
  count: u32,
  chosen: usize,
  popular: usize,
  top: u32,
  answers: usize
): void {
  const row: usize = (<usize>topK) << 1
  const topRow = chosen + (<usize>top) * experts
  for (const end = runs + ((<usize>count) << 4); runs < end; runs += 16) {
    let x = a + load<u32>(runs) * row
    let y = b + load<u32>(runs, 4) * row
    const last = x + load<u32>(runs, 8) * row
    const answer = answers + load<u32>(runs, 12) * 24
    let pairs: u32 = 0
    let hits: u32 = 0
    let popularHits: u32 = 0
    let topPairs: u32 = 0
    let topHits: u32 = 0
    let topPopular: u32 = 0
    for (; x < last; x += row, y += row) {
      let ends: u32 = 0
      let popularEnds: u32 = 0
      let chosenEnds: u32 = 0
      for (let j: usize = 0; j < row; j += 2) {
        const to = <u32>load<u16>(y + j)
        if (to >= experts) continue
        ends++
        popularEnds += load<u8>(popular + to)
        chosenEnds += load<u8>(topRow + to)
      }
      let starts: u32 = 0
      let hasTop = false
      for (let i: usize = 0; i < row; i += 2) {
        const from = <u32>load<u16>(x + i)
        if (from >= experts) continue
        starts++
        if (from == top) hasTop = true
        const line = chosen + (<usize>from) * experts
        if (row == 16 && ends == 8) {
          hits +=
            <u32>load<u8>(line + load<u16>(y)) +
            <u32>load<u8>(line + load<u16>(y, 2)) +
            <u32>load<u8>(line + load<u16>(y, 4)) +
            <u32>load<u8>(line + load<u16>(y, 6)) +
            <u32>load<u8>(line + load<u16>(y, 8)) +
            <u32>load<u8>(line + load<u16>(y, 10)) +
            <u32>load<u8>(line + load<u16>(y, 12)) +
            <u32>load<u8>(line + load<u16>(y, 14))
          continue
        }
        for (let j: usize = 0; j < row; j += 2) {
          const to = <u32>load<u16>(y + j)
          if (to < experts) hits += load<u8>(line + to)
        }
      }
      if (hasTop) {
        topPairs += ends
        topHits += chosenEnds
        topPopular += popularEnds
      }
      pairs += starts * ends
      popularHits += starts * popularEnds
    }
    store<u32>(answer, load<u32>(answer) + pairs)
    store<u32>(answer, load<u32>(answer, 4) + hits, 4)
    store<u32>(answer, load<u32>(answer, 8) + popularHits, 8)
    store<u32>(answer, load<u32>(answer, 12) + topPairs, 12)
    store<u32>(answer, load<u32>(answer, 16) + topHits, 16)
    store<u32>(answer, load<u32>(answer, 20) + topPopular, 20)
  }
}

function pairs8(a: usize, rows: u32, experts: u32, into: usize): void {
  const width: usize = (<usize>experts) << 2
  for (const end = a + ((<usize>rows) << 4); a < end; a += 16) {
    const b = (<usize>load<u16>(a, 2)) << 2
    const c = (<usize>load<u16>(a, 4)) << 2
    const d = (<usize>load<u16>(a, 6)) << 2
    const e = (<usize>load<u16>(a, 8)) << 2
    const f = (<usize>load<u16>(a, 10)) << 2
    const g = (<usize>load<u16>(a, 12)) << 2
    const h = (<usize>load<u16>(a, 14)) << 2
    let row = into + <usize>load<u16>(a) * width
    add1(row + b)
    add1(row + c)
    add1(row + d)
    add1(row + e)
    add1(row + f)
    add1(row + g)
    add1(row + h)
    row = into + <usize>load<u16>(a, 2) * width
    add1(row + c)
    add1(row + d)
    add1(row + e)
    add1(row + f)
    add1(row + g)
    add1(row + h)
    row = into + <usize>load<u16>(a, 4) * width
    add1(row + d)
    add1(row + e)
    add1(row + f)
    add1(row + g)
    add1(row + h)
    row = into + <usize>load<u16>(a, 6) * width
    add1(row + e)
    add1(row + f)
    add1(row + g)
    add1(row + h)
    row = into + <usize>load<u16>(a, 8) * width
    add1(row + f)
    add1(row + g)
    add1(row + h)
    row = into + <usize>load<u16>(a, 10) * width
    add1(row + g)
    add1(row + h)
    row = into + <usize>load<u16>(a, 12) * width
    add1(row + h)
  }
}

/** Pairs of two ids of a row, the one that stands first as the row of the matrix. */
export function pairs(a: usize, rows: u32, topK: u32, experts: u32, holes: bool, into: usize): void {
  if (!holes && topK == 8) return pairs8(a, rows, experts, into)
  const width: usize = (<usize>experts) << 2
  const row: usize = (<usize>topK) << 1
  for (const end = a + rows * row; a < end; a += row) {
    for (let i: usize = 0; i < row; i += 2) {
      const from = <u32>load<u16>(a + i)
      if (from >= experts) continue
      const line = into + from * width
      for (let j = i + 2; j < row; j += 2) {
        const to = <u32>load<u16>(a + j)
        if (to < experts) add1(line + ((<usize>to) << 2))
      }
    }
  }
}

/** Adds to each of `count` sums, which lie `stride` apart, the matrices of `size` bytes each whose bits its mask has. */
export function sumMatrices(matrices: usize, size: u32, masks: usize, count: u32, into: usize, stride: u32): void {
  for (let n: u32 = 0; n < count; n++, masks += 4, into += stride) {
    let from = matrices
    for (let mask = load<u32>(masks); mask !== 0; mask >>= 1, from += size) {
      if ((mask & 1) === 0) continue
      for (let at: usize = 0; at < size; at += 16)
        v128.store(into + at, i32x4.add(v128.load(into + at), v128.load(from + at)))
    }
  }
}

export function clear(at: usize, bytes: u32): void {
  memory.fill(at, 0, bytes)
}

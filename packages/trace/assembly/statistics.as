/**
 * Statistics of counts in AssemblyScript, two numbers to a vector: what `src/kernels/statistics-js.ts` does, to the bit,
 * since every sum has the order of the plain loop. Compiled by `scripts/build-wasm.mjs` to
 * `src/kernels/statistics.wasm.ts`. All addresses are given by the host.
 */

@inline const c1: f64 = 6.66666666666673513e-1
@inline const c2: f64 = 3.999999999940941908e-1
@inline const c3: f64 = 2.857142874366239149e-1
@inline const c4: f64 = 2.222219843214978396e-1
@inline const c5: f64 = 1.818357216161805012e-1
@inline const c6: f64 = 1.531383769920937332e-1
@inline const c7: f64 = 1.479819860511658591e-1
@inline const inverseHigh: f64 = 1.44269504072144627571
@inline const inverseLow: f64 = 1.67517131648865118353e-10
/** 1.5 x 2^52: added to whole numbers it leaves them in the low bits. */
@inline const magic: f64 = 6755399441055744.0

/**
 * `log2` of `@moira/core/statistics` of normal numbers: the exponent is read off the bits where that one halves and
 * doubles, which is exact as well. Of 0 it is about -1023, which callers multiply by 0.
 */
@inline
function log2(x: v128): v128 {
  const one = f64x2.splat(1)
  const unscaled = v128.or(v128.and(x, i64x2.splat(0x000fffffffffffff)), one)
  // From the square root of 2 to 20 bits on, halved.
  const above = f64x2.ge(unscaled, f64x2.splat(1 + <f64>0x6a09c / 1048576))
  const scaled = v128.bitselect(f64x2.mul(unscaled, f64x2.splat(0.5)), unscaled, above)
  const whole = i64x2.sub(i64x2.sub(i64x2.shr_u(x, 52), i64x2.splat(1023)), above)
  const exponent = f64x2.sub(i64x2.add(whole, i64x2.splat(0x4338000000000000)), f64x2.splat(magic))
  const f = f64x2.sub(scaled, one)
  const halfSquare = f64x2.mul(f64x2.mul(f64x2.splat(0.5), f), f)
  const s = f64x2.div(f, f64x2.add(f64x2.splat(2), f))
  const z = f64x2.mul(s, s)
  const w = f64x2.mul(z, z)
  const odd = f64x2.add(f64x2.splat(c5), f64x2.mul(w, f64x2.splat(c7)))
  const odds = f64x2.add(f64x2.splat(c1), f64x2.mul(w, f64x2.add(f64x2.splat(c3), f64x2.mul(w, odd))))
  const even = f64x2.add(f64x2.splat(c4), f64x2.mul(w, f64x2.splat(c6)))
  const evens = f64x2.mul(w, f64x2.add(f64x2.splat(c2), f64x2.mul(w, even)))
  const series = f64x2.add(f64x2.mul(z, odds), evens)
  const first = v128.and(f64x2.sub(f, halfSquare), i64x2.splat(0xffffffff00000000))
  const second = f64x2.add(f64x2.sub(f64x2.sub(f, first), halfSquare), f64x2.mul(s, f64x2.add(halfSquare, series)))
  const product = f64x2.mul(first, f64x2.splat(inverseHigh))
  const sum = f64x2.add(exponent, product)
  const low = f64x2.add(
    f64x2.mul(f64x2.add(second, first), f64x2.splat(inverseLow)),
    f64x2.mul(second, f64x2.splat(inverseHigh))
  )
  return f64x2.add(f64x2.add(low, f64x2.add(f64x2.sub(exponent, sum), product)), sum)
}

/** Shares of rows of counts, `[row][expert]`, and the sum of each row; rows without counts get zeros. */
export function shares(counts: usize, rows: u32, experts: u32, into: usize, sums: usize): void {
  for (let r: u32 = 0; r < rows; r++) {
    let sum: f64 = 0
    for (let e: u32 = 0; e < experts; e++) sum += <f64>load<u32>(counts + (e << 2))
    store<f64>(sums + (r << 3), sum)
    for (let e: u32 = 0; e < experts; e++, counts += 4, into += 8)
      store<f64>(into, sum > 0 ? <f64>load<u32>(counts) / sum : 0)
  }
}

/** Entropies in bits of rows of shares, whose number is even: two rows to a vector, each in order of experts. */
export function entropies(shares: usize, rows: u32, experts: u32, into: usize): void {
  const width = experts << 3
  for (let r: u32 = 0; r < rows; r += 2) {
    const end = shares + width
    let bits = f64x2.splat(0)
    for (; shares < end; shares += 8) {
      const share = v128.load64_lane(shares + width, v128.load64_splat(shares), 1)
      bits = f64x2.sub(bits, f64x2.mul(share, log2(share)))
    }
    shares = end + width
    v128.store(into + (r << 3), bits)
  }
}

/**
 * Entropies of the mean shares of pairs, `pairs` being two row numbers each and even in number. Two pairs to a vector,
 * each in order of experts.
 */
export function meanEntropies(shares: usize, experts: u32, pairs: usize, count: u32, into: usize): void {
  const width = experts << 3
  for (let n: u32 = 0; n < count; n += 2, pairs += 16) {
    let a = shares + load<u32>(pairs) * width
    let b = shares + load<u32>(pairs, 4) * width
    const c = shares + load<u32>(pairs, 8) * width - a
    const d = shares + load<u32>(pairs, 12) * width - b
    let bits = f64x2.splat(0)
    for (const end = a + width; a < end; a += 8, b += 8) {
      const p = v128.load64_lane(a + c, v128.load64_splat(a), 1)
      const q = v128.load64_lane(b + d, v128.load64_splat(b), 1)
      const middle = f64x2.mul(f64x2.add(p, q), f64x2.splat(0.5))
      bits = f64x2.sub(bits, f64x2.mul(middle, log2(middle)))
    }
    v128.store(into + (n << 3), bits)
  }
}

/** p's part of the divergence in bits, `twice` being p + q; 0 where p is. */
@inline
function part(p: v128, twice: v128): v128 {
  const half = f64x2.splat(0.5)
  const bits = f64x2.mul(f64x2.mul(p, log2(f64x2.div(f64x2.add(p, p), twice))), half)
  return v128.and(bits, f64x2.gt(p, f64x2.splat(0)))
}

@inline
function exchange(low: usize, high: usize): void {
  const a = v128.load(low)
  const b = v128.load(high)
  v128.store(low, f64x2.pmin(a, b))
  v128.store(high, f64x2.pmax(a, b))
}

/** Sorts both lanes of `size` vectors ascending: merge exchange (Knuth, The Art of Computer Programming, 5.2.2 M). */
function sortLanes(at: usize, size: u32): void {
  if (size < 2) return
  const top: u32 = 1 << (31 - clz<u32>(size - 1))
  for (let p = top; p > 0; p >>= 1) {
    for (let q = top, r: u32 = 0, d = p; ; r = p, d = q - p, q >>= 1) {
      const end = size - d
      for (let from = r; from < end; from += p << 1) {
        const to = min<u32>(from + p, end)
        for (let low = at + (from << 4), last = at + (to << 4); low < last; low += 16) exchange(low, low + (d << 4))
      }
      if (q === p) break
    }
  }
}

/** Divergences in bits of pairs as above, their terms added from the least to the greatest; `scratch` holds 16 bytes an expert. */
export function divergences(
  shares: usize,
  experts: u32,
  pairs: usize,
  count: u32,
  scratch: usize,
  into: usize
): void {
  const width = experts << 3
  for (let n: u32 = 0; n < count; n += 2, pairs += 16) {
    let a = shares + load<u32>(pairs) * width
    let b = shares + load<u32>(pairs, 4) * width
    const c = shares + load<u32>(pairs, 8) * width - a
    const d = shares + load<u32>(pairs, 12) * width - b
    let term = scratch
    for (const end = a + width; a < end; a += 8, b += 8, term += 16) {
      const p = v128.load64_lane(a + c, v128.load64_splat(a), 1)
      const q = v128.load64_lane(b + d, v128.load64_splat(b), 1)
      const twice = f64x2.add(p, q)
      v128.store(term, f64x2.add(part(p, twice), part(q, twice)))
    }
    sortLanes(scratch, experts)
    let sum = f64x2.splat(0)
    for (let at = scratch; at < term; at += 16) sum = f64x2.add(sum, v128.load(at))
    v128.store(into + (n << 3), sum)
  }
}

/**
 * Adds rows of `columns` counts to the row of their label: `into[label]`. Members `order[starts[l]]` to
 * `order[starts[l + 1]]` have label l. 32 columns stay in registers; the number of columns is a multiple of 4.
 */
export function sumByLabel(
  counts: usize,
  columns: u32,
  labels: u32,
  starts: usize,
  order: usize,
  into: usize
): void {
  const width: usize = (<usize>columns) << 2
  for (let l: u32 = 0; l < labels; l++, into += width, starts += 4) {
    const from = order + (load<u32>(starts) << 2)
    const to = order + (load<u32>(starts, 4) << 2)
    let c: usize = 0
    for (; c + 128 <= width; c += 128) {
      let s0 = v128.load(into + c)
      let s1 = v128.load(into + c, 16)
      let s2 = v128.load(into + c, 32)
      let s3 = v128.load(into + c, 48)
      let s4 = v128.load(into + c, 64)
      let s5 = v128.load(into + c, 80)
      let s6 = v128.load(into + c, 96)
      let s7 = v128.load(into + c, 112)
      for (let m = from; m < to; m += 4) {
        const row = counts + c + load<u32>(m) * width
        s0 = i32x4.add(s0, v128.load(row))
        s1 = i32x4.add(s1, v128.load(row, 16))
        s2 = i32x4.add(s2, v128.load(row, 32))
        s3 = i32x4.add(s3, v128.load(row, 48))
        s4 = i32x4.add(s4, v128.load(row, 64))
        s5 = i32x4.add(s5, v128.load(row, 80))
        s6 = i32x4.add(s6, v128.load(row, 96))
        s7 = i32x4.add(s7, v128.load(row, 112))
      }
      v128.store(into + c, s0)
      v128.store(into + c, s1, 16)
      v128.store(into + c, s2, 32)
      v128.store(into + c, s3, 48)
      v128.store(into + c, s4, 64)
      v128.store(into + c, s5, 80)
      v128.store(into + c, s6, 96)
      v128.store(into + c, s7, 112)
    }
    for (; c < width; c += 16) {
      let s = v128.load(into + c)
      for (let m = from; m < to; m += 4) s = i32x4.add(s, v128.load(counts + c + load<u32>(m) * width))
      v128.store(into + c, s)
    }
  }
}

/**
 * Marks the `n` greatest of each row of `counts` in `into` (bytes); ties go to what stands first in `order`, whose entries
 * are u32. `buckets` holds 256 u32.
 */
export function markTop(counts: usize, rows: u32, experts: u32, order: usize, n: u32, buckets: usize, into: usize): void {
  const width = experts << 2
  for (let r: u32 = 0; r < rows; r++, counts += width, into += experts) {
    let most: u32 = 0
    for (let at = counts; at < counts + width; at += 4) most = max(most, load<u32>(at))
    // The n-th greatest, eight bits at a time from the highest on: `level` is what is known of it, `known` which bits.
    let level: u32 = 0
    let known: u32 = 0
    let wanted = n
    for (let shift: i32 = max<i32>(0, 24 - <i32>clz<u32>(most)); most > 0; shift = max<i32>(0, shift - 8)) {
      memory.fill(buckets, 0, 1024)
      for (let at = counts; at < counts + width; at += 4) {
        const count = load<u32>(at)
        if ((count & known) !== level) continue
        const bucket = buckets + (((count >> shift) & 255) << 2)
        store<u32>(bucket, load<u32>(bucket) + 1)
      }
      let bucket: u32 = 255
      for (; ; bucket--) {
        const here = load<u32>(buckets + (bucket << 2))
        if (here >= wanted) break
        wanted -= here
      }
      level = (level & ~((<u32>255) << shift)) | (bucket << shift)
      known |= (<u32>255) << shift
      // Bits above the highest one of the row are known as well.
      known |= ~(((<u32>256) << shift) - 1)
      if (shift === 0) break
    }
    let equal: u32 = 0
    for (let e: u32 = 0; e < experts; e++) {
      const count = load<u32>(counts + (e << 2))
      store<u8>(into + e, <u8>(count > level))
      equal += <u32>(count === level)
    }
    if (equal === wanted) {
      for (let e: u32 = 0; e < experts; e++)
        store<u8>(into + e, load<u8>(into + e) | <u8>(load<u32>(counts + (e << 2)) === level))
      continue
    }
    for (let at = order; wanted > 0; at += 4) {
      const e = load<u32>(at)
      if (load<u32>(counts + (e << 2)) !== level) continue
      store<u8>(into + e, 1)
      wanted--
    }
  }
}

/** Mixtures: the rounds that fit the weights, and the weighted mean; `parts/mix.ts` to the bit, members or experts in pairs. */

/** How many pairs of members a pass holds in registers, as types, so that each has a loop without a branch. */
@unmanaged class Pairs4 { p0: u8 p1: u8 p2: u8 p3: u8 }
@unmanaged class Pairs5 { p0: u8 p1: u8 p2: u8 p3: u8 p4: u8 }
@unmanaged class Pairs6 { p0: u8 p1: u8 p2: u8 p3: u8 p4: u8 p5: u8 }

/** Shares of every selection, of four to six pairs: those beyond are never read. */
function pass<T>(chances: usize, end: usize, weights: usize, next: usize): void {
  const w0 = v128.load(weights, 0)
  let n0 = v128.load(next, 0)
  const w1 = v128.load(weights, 16)
  let n1 = v128.load(next, 16)
  const w2 = v128.load(weights, 32)
  let n2 = v128.load(next, 32)
  const w3 = v128.load(weights, 48)
  let n3 = v128.load(next, 48)
  const w4 = offsetof<T>() < 5 ? f64x2.splat(0) : v128.load(weights, 64)
  let n4 = offsetof<T>() < 5 ? f64x2.splat(0) : v128.load(next, 64)
  const w5 = offsetof<T>() < 6 ? f64x2.splat(0) : v128.load(weights, 80)
  let n5 = offsetof<T>() < 6 ? f64x2.splat(0) : v128.load(next, 80)
  for (let at = chances; at < end; at += offsetof<T>() << 4) {
    const p0 = f64x2.mul(w0, v128.load(at, 0))
    const p1 = f64x2.mul(w1, v128.load(at, 16))
    const p2 = f64x2.mul(w2, v128.load(at, 32))
    const p3 = f64x2.mul(w3, v128.load(at, 48))
    const p4 = offsetof<T>() < 5 ? w4 : f64x2.mul(w4, v128.load(at, 64))
    const p5 = offsetof<T>() < 6 ? w5 : f64x2.mul(w5, v128.load(at, 80))
    let total = 0.0 + f64x2.extract_lane(p0, 0) + f64x2.extract_lane(p0, 1)
    total = total + f64x2.extract_lane(p1, 0) + f64x2.extract_lane(p1, 1)
    total = total + f64x2.extract_lane(p2, 0) + f64x2.extract_lane(p2, 1)
    total = total + f64x2.extract_lane(p3, 0) + f64x2.extract_lane(p3, 1)
    if (offsetof<T>() > 4) total = total + f64x2.extract_lane(p4, 0) + f64x2.extract_lane(p4, 1)
    if (offsetof<T>() > 5) total = total + f64x2.extract_lane(p5, 0) + f64x2.extract_lane(p5, 1)
    if (!(total > 0)) continue
    const whole = f64x2.splat(total)
    n0 = f64x2.add(n0, f64x2.div(p0, whole))
    n1 = f64x2.add(n1, f64x2.div(p1, whole))
    n2 = f64x2.add(n2, f64x2.div(p2, whole))
    n3 = f64x2.add(n3, f64x2.div(p3, whole))
    if (offsetof<T>() > 4) n4 = f64x2.add(n4, f64x2.div(p4, whole))
    if (offsetof<T>() > 5) n5 = f64x2.add(n5, f64x2.div(p5, whole))
  }
  v128.store(next, n0, 0)
  v128.store(next, n1, 16)
  v128.store(next, n2, 32)
  v128.store(next, n3, 48)
  if (offsetof<T>() > 4) v128.store(next, n4, 64)
  if (offsetof<T>() > 5) v128.store(next, n5, 80)
}

/** Shares of every selection, of any number of members. */
function passAny(chances: usize, end: usize, width: usize, weights: usize, next: usize, parts: usize): void {
  for (let at = chances; at < end; at += width) {
    let total: f64 = 0
    for (let m: usize = 0; m < width; m += 16) {
      const part = f64x2.mul(v128.load(weights + m), v128.load(at + m))
      v128.store(parts + m, part)
      total += f64x2.extract_lane(part, 0)
      total += f64x2.extract_lane(part, 1)
    }
    if (!(total > 0)) continue
    const whole = f64x2.splat(total)
    for (let m: usize = 0; m < width; m += 16)
      v128.store(next + m, f64x2.add(v128.load(next + m), f64x2.div(v128.load(parts + m), whole)))
  }
}

/**
 * Rounds of expectation maximisation. `chances[selection][2 * pairs]` and `weights[2 * pairs]` have members side by side, with
 * zeros behind the last; `next` and `parts` are room for as many. Sums are taken member by member and selection by selection.
 */
export function mixtureRounds(
  chances: usize,
  selections: u32,
  members: u32,
  weights: usize,
  next: usize,
  parts: usize,
  rounds: u32,
  settled: f64
): void {
  const width = <usize>((members + 1) >> 1) << 4
  const end = chances + selections * width
  for (let round: u32 = 0; round < rounds; round++) {
    for (let m: usize = 0; m < width; m += 16) v128.store(next + m, f64x2.splat(1))
    if (members & 1) store<f64>(next + (<usize>members << 3), 0)
    if (width === 96) pass<Pairs6>(chances, end, weights, next)
    else if (width === 80) pass<Pairs5>(chances, end, weights, next)
    else if (width === 64) pass<Pairs4>(chances, end, weights, next)
    else passAny(chances, end, width, weights, next, parts)
    let sum: f64 = 0
    for (let m: u32 = 0; m < members; m++) sum += load<f64>(next + (<usize>m << 3))
    let change: f64 = 0
    for (let m: u32 = 0; m < members; m++) {
      const at = <usize>m << 3
      const weight = load<f64>(next + at) / sum
      change = max(change, abs(weight - load<f64>(weights + at)))
      store<f64>(weights + at, weight)
    }
    if (change < settled) break
  }
}

/** The weighted mean of rows whose addresses are at `rows`; rows and `into` end with room for eight experts. */
export function mixRows(rows: usize, weights: usize, members: u32, into: usize, experts: u32): void {
  const bytes = <usize>((experts + 7) & ~7) << 3
  for (let e: usize = 0; e < bytes; e += 64) {
    let a = f64x2.splat(0)
    let b = a
    let c = a
    let d = a
    for (let m: u32 = 0; m < members; m++) {
      const weight = v128.load_splat<f64>(weights + (<usize>m << 3))
      const row = <usize>load<u32>(rows + (<usize>m << 2)) + e
      a = f64x2.add(a, f64x2.mul(weight, v128.load(row)))
      b = f64x2.add(b, f64x2.mul(weight, v128.load(row, 16)))
      c = f64x2.add(c, f64x2.mul(weight, v128.load(row, 32)))
      d = f64x2.add(d, f64x2.mul(weight, v128.load(row, 48)))
    }
    v128.store(into + e, a)
    v128.store(into + e, b, 16)
    v128.store(into + e, c, 32)
    v128.store(into + e, d, 48)
  }
}

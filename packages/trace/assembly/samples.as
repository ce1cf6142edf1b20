/**
 * Walks through samples in AssemblyScript, what `src/kernels/samples-js.ts` does: reuse distances, thinned counts, marked
 * pairs. All addresses are given by the host.
 */

@inline
function add1(at: usize): void {
  store<u32>(at, load<u32>(at) + 1)
}

/** Numbers of uses dealt anew to the experts still marked, in order; gives how many there are. */
function renumber(marks: usize, words: u32, owner: usize, lastUse: usize): u32 {
  let live: u32 = 0
  for (let w: u32 = 0; w < words; w++) {
    for (let bits = load<u64>(marks + (w << 3)); bits !== 0; bits &= bits - 1, live++) {
      const expert = load<u16>(owner + ((((w << 6) + <u32>ctz<u64>(bits)) << 1)))
      store<u16>(owner + (live << 1), expert)
      store<u32>(lastUse + ((<u32>expert) << 2), live)
    }
  }
  for (let w: u32 = 0; w < words; w++) {
    const from = w << 6
    store<u64>(marks + (w << 3), live >= from + 64 ? ~0 : live > from ? ((<u64>1) << (live - from)) - 1 : 0)
  }
  return live
}

/**
 * Reuse distances of one batch: `members` are the address of a request's decode ids and its rows, two u32 each. Uses are
 * numbered; a bit of `marks` is the number of an expert's last use, so a depth is a count of bits. The u32 of `depths`
 * become those of depths 1 to `experts`, those of `used` are added to. `totals`: uses, first uses (added to), and the
 * number of the step, which `stamp` compares with.
 */
export function reuse(
  members: usize,
  size: u32,
  topK: u32,
  experts: u32,
  words: u32,
  marks: usize,
  owner: usize,
  lastUse: usize,
  stamp: usize,
  depths: usize,
  used: usize,
  totals: usize
): void {
  memory.fill(marks, 0, words << 3)
  memory.fill(lastUse, 0xff, experts << 2)
  memory.fill(depths, 0, experts << 2)
  const end = members + (size << 3)
  const row = topK << 1
  const capacity = words << 6
  let longest: u32 = 0
  for (let m = members; m < end; m += 8) longest = max(longest, load<u32>(m, 4))
  let uses: u32 = 0
  let firstUses: u32 = 0
  let next: u32 = 0
  let step = load<u32>(totals, 8)
  for (let t: u32 = 0; t < longest; t++) {
    step++
    for (let m = members; m < end; m += 8) {
      if (t >= load<u32>(m, 4)) continue
      const from = <usize>load<u32>(m) + t * row
      for (let at = from; at < from + row; at += 2) {
        const id = <u32>load<u16>(at)
        if (id >= experts) continue
        const seen = stamp + (id << 2)
        if (load<u32>(seen) === step) continue
        store<u32>(seen, step)
        uses++
        add1(used + (id << 2))
        if (next === capacity) next = renumber(marks, words, owner, lastUse)
        const last = lastUse + (id << 2)
        const place = load<u32>(last)
        if (place === ~0) firstUses++
        else {
          const word = marks + ((place >> 6) << 3)
          const bits = load<u64>(word)
          let depth = <u32>popcnt<u64>(bits >> (place & 63))
          store<u64>(word, bits & ~((<u64>1) << (place & 63)))
          const stop = marks + (((next - 1) >> 6) << 3)
          for (let w = word + 8; w <= stop; w += 8) depth += <u32>popcnt<u64>(load<u64>(w))
          add1(depths + ((depth - 1) << 2))
        }
        const word = marks + ((next >> 6) << 3)
        store<u64>(word, load<u64>(word) | ((<u64>1) << (next & 63)))
        store<u16>(owner + (next << 1), <u16>id)
        store<u32>(last, next)
        next++
      }
    }
  }
  store<u32>(totals, load<u32>(totals) + uses)
  store<u32>(totals, load<u32>(totals, 4) + firstUses, 4)
  store<u32>(totals, step, 8)
}

let a: u32 = 0
let b: u32 = 0
let c: u32 = 0
let d: u32 = 0
let mixed: u32 = 0

function mix(): u32 {
  mixed += 0x9e3779b9
  let z = mixed
  z = (z ^ (z >> 16)) * 0x21f0aaad
  z = (z ^ (z >> 15)) * 0x735a2d97
  return z ^ (z >> 15)
}

/** `uniform` of `@moira/core`. */
@inline
function uniform(): f64 {
  const drawn = rotl<u32>(b * 5, 7) * 9
  const t = b << 9
  c ^= a
  d ^= b
  b ^= c
  a ^= d
  c ^= t
  d = rotl<u32>(d, 11)
  return <f64>drawn * (1.0 / 4294967296.0)
}

@inline
function kept(count: u32, share: f64, limits: usize): u32 {
  let n: u32 = 0
  if (count <= 16) {
    for (let i: u32 = 0; i < count; i++) if (uniform() < share) n++
    return n
  }
  const mean = <f64>count * share
  if (mean < 16) {
    const limit = load<f64>(limits + (count << 3))
    for (let product = uniform(); product > limit; product *= uniform()) n++
    return min(count, n)
  }
  let z: f64 = -6
  for (let i = 0; i < 12; i++) z += uniform()
  const drawn = mean + sqrt(mean * (1 - share)) * z
  const whole = floor(drawn)
  const rounded = drawn - whole >= 0.5 ? whole + 1 : whole
  return <u32>max<f64>(0, min<f64>(<f64>count, rounded))
}

/**
 * Thins `size` counts: each selection is kept with chance `share`, at most a half, or left out with it where `flipped`.
 * `limits` are `exp(-count x share)` by count, as far as `count x share < 16`.
 */
export function thin(
  counts: usize,
  size: u32,
  share: f64,
  flipped: bool,
  seed: u32,
  limits: usize,
  into: usize
): void {
  mixed = seed
  a = mix()
  b = mix()
  c = mix()
  d = mix() | 1
  for (const end = counts + (size << 2); counts < end; counts += 4, into += 4) {
    const count = load<u32>(counts)
    const n = kept(count, share, limits)
    store<u32>(into, flipped ? count - n : n)
  }
}

/** From three bits of marks, `experts x experts` bytes, what a pair adds to four counts of a byte each; no pair is of one expert. */
export function packMarks(marked: usize, experts: u32, table: usize): void {
  for (let i: u32 = 0; i < experts; i++) {
    for (let j: u32 = 0; j < experts; j++, table += 4, marked++) {
      const mark = <u32>load<u8>(marked)
      const packed = 1 | ((mark & 1) << 8) | (((mark >> 1) & 1) << 16) | (((mark >> 2) & 1) << 24)
      store<u32>(table, i === j ? 0 : packed)
    }
  }
}

/** Adds pairs of two ids of a row, of at most 255 a row, and how many have each mark to the four u32 of `answer`. */
export function markedPairs(
  ids: usize,
  rows: u32,
  topK: u32,
  experts: u32,
  holes: bool,
  table: usize,
  answer: usize
): void {
  const row: usize = (<usize>topK) << 1
  const width: usize = (<usize>experts) << 2
  let all: u32 = 0
  let first: u32 = 0
  let second: u32 = 0
  let third: u32 = 0
  for (const last = ids + rows * row; ids < last; ids += row) {
    let sum: u32 = 0
    const end = ids + row
    for (let x = ids; x < end; x += 2) {
      const i = <usize>load<u16>(x)
      if (holes && <u32>i >= experts) continue
      const line = table + i * width
      for (let y = x + 2; y < end; y += 2) {
        const j = <usize>load<u16>(y)
        if (!holes || <u32>j < experts) sum += load<u32>(line + (j << 2))
      }
    }
    all += sum & 255
    first += (sum >> 8) & 255
    second += (sum >> 16) & 255
    third += sum >> 24
  }
  store<u32>(answer, load<u32>(answer) + all)
  store<u32>(answer, load<u32>(answer, 4) + first, 4)
  store<u32>(answer, load<u32>(answer, 8) + second, 8)
  store<u32>(answer, load<u32>(answer, 12) + third, 12)
}

/** Judges forecasts of one token: `evaluation/plain-judge.ts` to the count and the bit. */
import { log2 } from "./log2"
import { serve } from "./cache"

/**
 * The `n` experts of the largest scores into `list`, larger first, ties to the lower id. What `list` held before, `n` experts of
 * any order, says what is large now: none of a score below all of theirs is among the first.
 */
export function best(scores: usize, experts: u32, n: u32, list: usize, values: usize, found: usize): void {
  let least: f64 = Infinity
  for (let i: u32 = 0; i < n; i++) {
    const score = load<f64>(scores + (<usize>load<u16>(list + (<usize>i << 1)) << 3))
    least = score < least ? score : least
  }
  let count: u32 = 0
  const bar = f64x2.splat(least)
  for (let e: u32 = 0; e < experts; e += 8) {
    const at = scores + (<usize>e << 3)
    let large =
      i64x2.bitmask(f64x2.ge(v128.load(at), bar)) |
      (i64x2.bitmask(f64x2.ge(v128.load(at, 16), bar)) << 2) |
      (i64x2.bitmask(f64x2.ge(v128.load(at, 32), bar)) << 4) |
      (i64x2.bitmask(f64x2.ge(v128.load(at, 48), bar)) << 6)
    while (large !== 0) {
      store<u16>(found + (<usize>count << 1), <u16>(e + <u32>ctz(large)))
      count++
      large &= large - 1
    }
  }
  // What lies behind the last expert in its row is no score.
  while (count > 0 && <u32>load<u16>(found + (<usize>(count - 1) << 1)) >= experts) count--
  let listed: u32 = 0
  for (let f: u32 = 0; f < count; f++) {
    const expert = load<u16>(found + (<usize>f << 1))
    const score = load<f64>(scores + (<usize>expert << 3))
    if (listed === n) {
      if (score <= load<f64>(values + (<usize>(n - 1) << 3))) continue
    } else listed++
    let at = listed - 1
    while (at > 0 && load<f64>(values + (<usize>(at - 1) << 3)) < score) {
      store<f64>(values + (<usize>at << 3), load<f64>(values + (<usize>(at - 1) << 3)))
      store<u16>(list + (<usize>at << 1), load<u16>(list + (<usize>(at - 1) << 1)))
      at--
    }
    store<f64>(values + (<usize>at << 3), score)
    store<u16>(list + (<usize>at << 1), expert)
  }
}

/** What one evaluation of a layer has in memory; addresses and counts of 32 bits. */
@unmanaged
class Panel {
  predictors: u32
  experts: u32
  /** Experts that are named for each token, the largest of `tops`. */
  named: u32
  topK: u32
  tops: u32
  topsAt: u32
  tests: u32
  caches: u32
  ranks: u32
  values: u32
  found: u32
  judged: u32
}

// @ts-ignore: decorator
@inline
function countUp(at: usize, by: u32): void {
  store<u32>(at, load<u32>(at) + by)
}

/** One predictor; its caches follow. */
@unmanaged
class Judged {
  bits: f64
  scores: u32
  list: u32
  /** `[tops][tests]` */
  hits: u32
  hitsAt: u32
}

/** A cache and, by test request, its hits. */
@unmanaged
class Served {
  cache: u32
  hits: u32
}

/** Judges what every predictor said of one token that chose `ids`, of the test request `place`, in position bin `bin`. */
export function judgeToken(at: usize, ids: usize, count: u32, place: u32, bin: u32): void {
  const panel = changetype<Panel>(at)
  const experts = panel.experts
  const ranks = <usize>panel.ranks
  const size = offsetof<Judged>() + <usize>panel.caches * offsetof<Served>()
  for (let p: u32 = 0; p < panel.predictors; p++) {
    const one = <usize>panel.judged + <usize>p * size
    const judged = changetype<Judged>(one)
    const scores = <usize>judged.scores
    const list = <usize>judged.list
    best(scores, experts, panel.named, list, panel.values, panel.found)
    for (let i: u32 = 0; i < panel.named; i++)
      store<u16>(ranks + (<usize>load<u16>(list + (<usize>i << 1)) << 1), <u16>(i + 1))
    for (let i: u32 = 0; i < count; i++) {
      const id = <u32>load<u16>(ids + (<usize>i << 1))
      if (id >= experts) continue
      judged.bits -= log2(max(1e-12, load<f64>(scores + (<usize>id << 3))))
      const rank = <u32>load<u16>(ranks + (<usize>id << 1))
      if (rank === 0) continue
      for (let n: u32 = 0; n < panel.tops; n++)
        if (rank <= load<u32>(<usize>panel.topsAt + (<usize>n << 2)))
          countUp(<usize>judged.hits + (<usize>(n * panel.tests + place) << 2), 1)
      if (rank <= panel.topK) countUp(<usize>judged.hitsAt + (<usize>bin << 2), 1)
    }
    for (let i: u32 = 0; i < panel.named; i++) store<u16>(ranks + (<usize>load<u16>(list + (<usize>i << 1)) << 1), 0)
    for (let c: u32 = 0; c < panel.caches; c++) {
      const served = changetype<Served>(one + offsetof<Judged>() + <usize>c * offsetof<Served>())
      countUp(<usize>served.hits + (<usize>place << 2), serve(served.cache, scores, list, panel.topK, ids, count, experts))
    }
  }
}

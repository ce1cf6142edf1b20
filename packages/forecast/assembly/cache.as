/** Caches that a forecast drives: `forecastCache` of @moira/caches, to the hit. */

@unmanaged
class Cache {
  capacity: u32
  used: u32
  fetched: u32
  /** The expert of each place, of 16 bits. */
  held: u32
  /** The place of each expert, of 32 bits; -1 of those that are not here. */
  places: u32
  /** The score of each place at this token, infinite of those that stay; behind the last up to a multiple of four, infinite. */
  worth: u32
}

// @ts-ignore: decorator
@inline
function placeOf(cache: Cache, expert: u32): i32 {
  return load<i32>(<usize>cache.places + (<usize>expert << 2))
}

// @ts-ignore: decorator
@inline
function setWorth(cache: Cache, place: u32, worth: f64): void {
  store<f64>(<usize>cache.worth + (<usize>place << 3), worth)
}

/** Writes down the score of every place, once all are taken. */
function weigh(cache: Cache, scores: usize): void {
  const held = <usize>cache.held
  for (let place: u32 = 0; place < cache.capacity; place++)
    setWorth(cache, place, load<f64>(scores + (<usize>load<u16>(held + (<usize>place << 1)) << 3)))
}

/** Those of `ids` that are here stay. */
function pin(cache: Cache, ids: usize, count: u32, experts: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const id = <u32>load<u16>(ids + (<usize>i << 1))
    if (id >= experts) continue
    const place = placeOf(cache, id)
    if (place >= 0) setWorth(cache, place, Infinity)
  }
}

/** The place of the least worth, ties to the higher expert. */
function victim(cache: Cache): u32 {
  const worth = <usize>cache.worth
  const end = worth + (<usize>((cache.capacity + 3) & ~3) << 3)
  let a = f64x2.splat(Infinity)
  let b = a
  for (let at = worth; at < end; at += 32) {
    a = f64x2.pmin(a, v128.load(at))
    b = f64x2.pmin(b, v128.load(at, 16))
  }
  a = f64x2.pmin(a, b)
  const least = min(f64x2.extract_lane(a, 0), f64x2.extract_lane(a, 1))
  const wanted = f64x2.splat(least)
  let found: u32 = 0
  let highest: i32 = -1
  for (let at = worth; at < end; at += 32) {
    let equal =
      i64x2.bitmask(f64x2.eq(v128.load(at), wanted)) | (i64x2.bitmask(f64x2.eq(v128.load(at, 16), wanted)) << 2)
    while (equal !== 0) {
      const place = (<u32>(at - worth) >> 3) + <u32>ctz(equal)
      equal &= equal - 1
      if (place >= cache.capacity) continue
      const expert = <i32>load<u16>(<usize>cache.held + (<usize>place << 1))
      if (expert > highest) {
        highest = expert
        found = place
      }
    }
  }
  return found
}

/** Puts an expert into a free place, or in that of the least worth; it stays for now. */
function bringIn(cache: Cache, expert: u32): void {
  let place: u32
  if (cache.used < cache.capacity) place = cache.used++
  else {
    place = victim(cache)
    const gone = <u32>load<u16>(<usize>cache.held + (<usize>place << 1))
    store<i32>(<usize>cache.places + (<usize>gone << 2), -1)
    setWorth(cache, place, Infinity)
  }
  store<u16>(<usize>cache.held + (<usize>place << 1), <u16>expert)
  store<i32>(<usize>cache.places + (<usize>expert << 2), place)
  cache.fetched++
}

/**
 * Serves a token: brings in the first `bestCount` of `best`, no more than there are places, then those of `ids` that are not
 * here; how many were. Scores are written down before the first expert that has to go, and not before.
 */
export function serve(
  at: usize,
  scores: usize,
  best: usize,
  bestCount: u32,
  ids: usize,
  count: u32,
  experts: u32
): u32 {
  const cache = changetype<Cache>(at)
  const ahead = min(bestCount, cache.capacity)
  let weighed = false
  for (let i: u32 = 0; i < ahead; i++) {
    const expert = <u32>load<u16>(best + (<usize>i << 1))
    if (placeOf(cache, expert) >= 0) continue
    if (!weighed && cache.used === cache.capacity) {
      weigh(cache, scores)
      pin(cache, best, ahead, experts)
      weighed = true
    }
    bringIn(cache, expert)
  }
  let pinned = false
  let hits: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const id = <u32>load<u16>(ids + (<usize>i << 1))
    if (id >= experts) continue
    if (placeOf(cache, id) >= 0) {
      hits++
      continue
    }
    if (!pinned && cache.used === cache.capacity) {
      if (!weighed) weigh(cache, scores)
      else
        for (let b: u32 = 0; b < ahead; b++) {
          const expert = <u32>load<u16>(best + (<usize>b << 1))
          setWorth(cache, placeOf(cache, expert), load<f64>(scores + (<usize>expert << 3)))
        }
      pin(cache, ids, count, experts)
      pinned = true
    }
    bringIn(cache, id)
  }
  return hits
}

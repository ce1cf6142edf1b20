/**
 * Routes the tokens of one layer: what `src/engines/js.ts` does, to the bit, two tokens to a vector. Compiled by
 * `scripts/build-wasm.mjs` to `src/engines/route.wasm.ts`. All addresses are given by the host.
 */

@inline const noiseMask: u32 = 0x3fff

/** Draws that the experts of a cluster share, `[clusters][4]` for four tokens, whose draws lie 16 bytes apart. */
function clusterScores(clusters: u32, strength: f64, noise: usize, draws: usize, into: usize): void {
  for (let n: u32 = 0; n < 4; n++) {
    let at = load<u32>(draws + (n << 4))
    const stride = load<u32>(draws + (n << 4), 4)
    for (let c: u32 = 0; c < clusters; c++, at += stride)
      store<f64>(into + (c << 5) + (n << 3), strength * <f64>load<f32>(noise + ((at & noiseMask) << 2)))
  }
}

@inline
function noiseOf(noise: usize, a: u32, b: u32): v128 {
  return f64x2.replace_lane(
    f64x2.splat(<f64>load<f32>(noise + ((a & noiseMask) << 2))),
    1,
    <f64>load<f32>(noise + ((b & noiseMask) << 2))
  )
}

/** Scores of four tokens, `[4][experts]`, in the order of additions that the plain loop has. */
function tokenScores(
  experts: u32,
  shared: usize,
  loadings: usize,
  cluster: usize,
  noise: usize,
  latents: usize,
  draws: usize,
  clusters: usize,
  out: usize
): void {
  let n0 = load<u32>(draws, 8)
  let n1 = load<u32>(draws, 24)
  let n2 = load<u32>(draws, 40)
  let n3 = load<u32>(draws, 56)
  const s0 = load<u32>(draws, 12)
  const s1 = load<u32>(draws, 28)
  const s2 = load<u32>(draws, 44)
  const s3 = load<u32>(draws, 60)
  const a0 = pair(latents, 0)
  const a1 = pair(latents, 8)
  const a2 = pair(latents, 16)
  const a3 = pair(latents, 24)
  const a4 = pair(latents, 32)
  const a5 = pair(latents, 40)
  const a6 = pair(latents, 48)
  const a7 = pair(latents, 56)
  const b0 = pair(latents, 128)
  const b1 = pair(latents, 136)
  const b2 = pair(latents, 144)
  const b3 = pair(latents, 152)
  const b4 = pair(latents, 160)
  const b5 = pair(latents, 168)
  const b6 = pair(latents, 176)
  const b7 = pair(latents, 184)
  const row = <usize>experts << 3
  for (let e: u32 = 0; e < experts; e++, shared += 8, loadings += 64, cluster += 2, out += 8) {
    const all = v128.load_splat<f64>(shared)
    const ofCluster = clusters + (<usize>load<u16>(cluster) << 5)
    const w0 = v128.load_splat<f64>(loadings)
    const w1 = v128.load_splat<f64>(loadings, 8)
    const w2 = v128.load_splat<f64>(loadings, 16)
    const w3 = v128.load_splat<f64>(loadings, 24)
    const w4 = v128.load_splat<f64>(loadings, 32)
    const w5 = v128.load_splat<f64>(loadings, 40)
    const w6 = v128.load_splat<f64>(loadings, 48)
    const w7 = v128.load_splat<f64>(loadings, 56)
    const first = f64x2.add(
      f64x2.add(
        f64x2.add(f64x2.add(all, v128.load(ofCluster)), noiseOf(noise, n0, n1)),
        f64x2.add(
          f64x2.add(f64x2.mul(a0, w0), f64x2.mul(a1, w1)),
          f64x2.add(f64x2.mul(a2, w2), f64x2.mul(a3, w3))
        )
      ),
      f64x2.add(
        f64x2.add(f64x2.mul(a4, w4), f64x2.mul(a5, w5)),
        f64x2.add(f64x2.mul(a6, w6), f64x2.mul(a7, w7))
      )
    )
    const second = f64x2.add(
      f64x2.add(
        f64x2.add(f64x2.add(all, v128.load(ofCluster, 16)), noiseOf(noise, n2, n3)),
        f64x2.add(
          f64x2.add(f64x2.mul(b0, w0), f64x2.mul(b1, w1)),
          f64x2.add(f64x2.mul(b2, w2), f64x2.mul(b3, w3))
        )
      ),
      f64x2.add(
        f64x2.add(f64x2.mul(b4, w4), f64x2.mul(b5, w5)),
        f64x2.add(f64x2.mul(b6, w6), f64x2.mul(b7, w7))
      )
    )
    store<f64>(out, f64x2.extract_lane(first, 0))
    store<f64>(out + row, f64x2.extract_lane(first, 1))
    store<f64>(out + 2 * row, f64x2.extract_lane(second, 0))
    store<f64>(out + 3 * row, f64x2.extract_lane(second, 1))
    n0 += s0
    n1 += s1
    n2 += s2
    n3 += s3
  }
}

/** A latent of a token and that of the next, 64 bytes on. */
@inline
function pair(latents: usize, at: usize): v128 {
  return f64x2.replace_lane(v128.load_splat<f64>(latents + at), 1, load<f64>(latents + at + 64))
}

/** Puts a score that is greater than the worst of the best among them; the best of equal ones came first. */
@inline
function insert(best: usize, ids: usize, last: usize, score: f64, expert: u32): void {
  let at = last
  while (at > 0 && load<f64>(best + ((at - 1) << 3)) < score) {
    store<f64>(best + (at << 3), load<f64>(best + ((at - 1) << 3)))
    store<u16>(ids + (at << 1), load<u16>(ids + ((at - 1) << 1)))
    at--
  }
  store<f64>(best + (at << 3), score)
  store<u16>(ids + (at << 1), <u16>expert)
}

/** Takes experts `from` to `to` into the best so far; four at a time are passed over where none gets in. */
function take(scores: usize, from: u32, to: u32, least: f64, best: usize, ids: usize, topK: u32): void {
  const last = <usize>topK - 1
  let worst = load<f64>(best + (last << 3))
  const leasts = f64x2.splat(least)
  let e = from
  while (e < to) {
    const at = scores + (<usize>e << 3)
    if (e + 4 <= to) {
      const worsts = f64x2.splat(worst)
      const low = v128.load(at)
      const high = v128.load(at, 16)
      const some = v128.or(
        v128.and(f64x2.gt(low, worsts), f64x2.ge(low, leasts)),
        v128.and(f64x2.gt(high, worsts), f64x2.ge(high, leasts))
      )
      if (!v128.any_true(some)) {
        e += 4
        continue
      }
    }
    for (const end = min(e + 4, to); e < end; e++) {
      const score = load<f64>(scores + (<usize>e << 3))
      if (score < least || score <= worst) continue
      insert(best, ids, last, score, e)
      worst = load<f64>(best + (last << 3))
    }
  }
}

/** Opens the groups with the greatest sum of their two best scores, and gives what the best of these are known to reach. */
function openGroups(scores: usize, size: u32, groups: u32, open: u32, topK: u32, sums: usize, seconds: usize, opened: usize): f64 {
  for (let g: u32 = 0; g < groups; g++) {
    let at = scores + <usize>(g * size) * 8
    const end = at + (<usize>size << 3)
    let greatest = f64x2.splat(-Infinity)
    let next = f64x2.splat(-Infinity)
    for (; at + 16 <= end; at += 16) {
      const both = v128.load(at)
      next = f64x2.pmax(next, f64x2.pmin(greatest, both))
      greatest = f64x2.pmax(greatest, both)
    }
    const x = f64x2.extract_lane(greatest, 0)
    const y = f64x2.extract_lane(greatest, 1)
    let first = x > y ? x : y
    let second = x > y ? y : x
    const p = f64x2.extract_lane(next, 0)
    const q = f64x2.extract_lane(next, 1)
    if (p > second) second = p
    if (q > second) second = q
    if (at < end) {
      const score = load<f64>(at)
      if (score > first) {
        second = first
        first = score
      } else if (score > second) second = score
    }
    store<f64>(sums + (g << 3), size == 1 ? first : first + second)
    store<f64>(seconds + (g << 3), second)
    store<u8>(opened + g, 0)
  }
  let least: f64 = Infinity
  for (let n: u32 = 0; n < open; n++) {
    let pick: i32 = -1
    for (let g: u32 = 0; g < groups; g++)
      if (
        load<u8>(opened + g) == 0 &&
        (pick < 0 || load<f64>(sums + (g << 3)) > load<f64>(sums + (<u32>pick << 3)))
      )
        pick = <i32>g
    store<u8>(opened + <usize>pick, 1)
    const second = load<f64>(seconds + (<u32>pick << 3))
    if (second < least) least = second
  }
  return open << 1 < topK ? -Infinity : least
}

/**
 * Ids `[tokens][topK]` of a layer. `draws` are four u32 a token (start and stride of its clusters' and of its own noise), `latents` eight
 * f64; both have room for three tokens more. `loadings` are f64. `scratch` takes 32 bytes a cluster and an expert, 8 a choice, and 17 a
 * group.
 */
export function route(
  tokens: u32,
  experts: u32,
  clusterCount: u32,
  topK: u32,
  groups: u32,
  open: u32,
  strength: f64,
  shared: usize,
  loadings: usize,
  cluster: usize,
  noise: usize,
  latents: usize,
  draws: usize,
  scratch: usize,
  ids: usize
): void {
  const clusters = scratch
  const scores = clusters + (<usize>clusterCount << 5)
  const best = scores + (<usize>experts << 5)
  const sums = best + (<usize>topK << 3)
  const seconds = sums + (<usize>groups << 3)
  const opened = seconds + (<usize>groups << 3)
  const size = experts / groups
  for (let token: u32 = 0; token < tokens; token += 4, latents += 256, draws += 64) {
    clusterScores(clusterCount, strength, noise, draws, clusters)
    tokenScores(experts, shared, loadings, cluster, noise, latents, draws, clusters, scores)
    const some = min(4, tokens - token)
    for (let n: u32 = 0; n < some; n++, ids += <usize>topK << 1) {
      const own = scores + <usize>(n * experts) * 8
      for (let k: u32 = 0; k < topK; k++) store<f64>(best + (k << 3), -Infinity)
      if (open == groups) take(own, 0, experts, -Infinity, best, ids, topK)
      else {
        const least = openGroups(own, size, groups, open, topK, sums, seconds, opened)
        for (let g: u32 = 0; g < groups; g++)
          if (load<u8>(opened + g) == 1) take(own, g * size, (g + 1) * size, least, best, ids, topK)
      }
    }
  }
}

/** Checks of what strangers give: those of `checked-predictor.ts`. */

/** Whether scores are finite and not negative, and add up to one to `error` where they are shares. */
export function soundScores(scores: usize, experts: u32, shares: bool, error: f64): bool {
  const pairs = scores + (<usize>(experts >> 1) << 4)
  let a = f64x2.splat(0)
  let sound = f64x2.eq(a, a)
  for (let at = scores; at < pairs; at += 16) {
    const two = v128.load(at)
    sound = v128.and(sound, f64x2.ge(two, f64x2.splat(0)))
    a = f64x2.add(a, two)
  }
  let sum = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1)
  let all = i64x2.all_true(sound)
  if (experts & 1) {
    const last = load<f64>(pairs)
    all = all && last >= 0
    sum += last
  }
  return all && sum < Infinity && (!shares || abs(sum - 1) <= error)
}

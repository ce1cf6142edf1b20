/** Smaller samples of the same law: what is left of counts when each selection is kept by chance. */
import type { Random } from "../random.ts"
import { exp } from "./exp.ts"

/** Counts up to which each selection is drawn by itself. */
const few = 16
/** Expected counts from which a sum of uniform draws stands for the normal law. */
const many = 16

/** Draws that come before a product of uniform ones falls below `exp(-mean)`: Poisson's law (Knuth). */
const poisson = (mean: number, { uniform }: Random): number => {
  const limit = exp(-mean)
  let [product, n] = [uniform(), 0]
  while (product > limit) {
    product *= uniform()
    n++
  }
  return n
}

/** Kept of `count` selections; the law is binomial, of large counts nearly so. */
const kept = (count: number, share: number, draws: Random): number => {
  if (share > 0.5) return count - kept(count, 1 - share, draws)
  const mean = count * share
  if (count <= few) {
    let n = 0
    for (let i = 0; i < count; i++) if (draws.uniform() < share) n++
    return n
  }
  if (mean < many) return Math.min(count, poisson(mean, draws))
  let z = -6
  for (let i = 0; i < 12; i++) z += draws.uniform()
  return Math.max(0, Math.min(count, Math.round(mean + Math.sqrt(mean * (1 - share)) * z)))
}

/** Each selection of whole `counts` kept with chance `share`, 0 to 1. */
export const thinned = (counts: ArrayLike<number>, share: number, draws: Random): Float64Array => {
  const sample = new Float64Array(counts.length)
  for (let i = 0; i < sample.length; i++) sample[i] = kept(counts[i]!, share, draws)
  return sample
}

/** How far apart two frequencies are. */
import { log2 } from "./log2.ts"

/** Share p's part of the divergence from the mean of p and q, in bits. */
const part = (p: number, q: number): number => (p > 0 ? (p * log2((2 * p) / (p + q))) / 2 : 0)

/**
 * Jensen-Shannon distance of two lists of counts: the square root of the divergence in bits (Lin, 1991), 0 to 1.
 * `null` where one of them is empty. Terms are added in order of size, so that the order of experts changes no bit.
 */
export const jensenShannon = (a: ArrayLike<number>, b: ArrayLike<number>): number | null => {
  let [sumA, sumB] = [0, 0]
  for (let e = 0; e < a.length; e++) {
    sumA += a[e]!
    sumB += b[e]!
  }
  if (sumA === 0 || sumB === 0) return null
  const terms = new Float64Array(a.length)
  for (let e = 0; e < a.length; e++) {
    const [p, q] = [a[e]! / sumA, b[e]! / sumB]
    terms[e] = part(p, q) + part(q, p)
  }
  terms.sort()
  let divergence = 0
  for (const term of terms) divergence += term
  return Math.sqrt(Math.min(1, Math.max(0, divergence)))
}

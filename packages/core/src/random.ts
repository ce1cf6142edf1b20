/**
 * Seeded random numbers: xoshiro128** (Blackman and Vigna, 2018), seeded by splitmix32.
 * The same seed gives the same draws on every machine; independent streams come from {@link substream}.
 */
export interface Random {
  /** Uniform 32-bit unsigned integer. */
  readonly uint32: () => number
  /** Uniform in [0, 1) with 32 bits of resolution. */
  readonly uniform: () => number
  /** Uniform integer in [0, n). */
  readonly below: (n: number) => number
  /** Standard normal, by the polar method. */
  readonly normal: () => number
}

const splitmix32 = (state: number) => {
  let s = state >>> 0
  return () => {
    s = (s + 0x9e3779b9) >>> 0
    let z = s
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
}

const rotl = (x: number, k: number) => (x << k) | (x >>> (32 - k))

export const random = (seed: number): Random => {
  const mix = splitmix32(seed)
  let [a, b, c, d] = [mix(), mix(), mix(), mix() | 1]
  let spare = 0
  let hasSpare = false
  const uint32 = () => {
    const result = Math.imul(rotl(Math.imul(b, 5), 7), 9) >>> 0
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotl(d, 11)
    return result
  }
  const uniform = () => uint32() * 2 ** -32
  const normal = () => {
    if (hasSpare) {
      hasSpare = false
      return spare
    }
    let u = 0
    let v = 0
    let s = 0
    do {
      u = 2 * uniform() - 1
      v = 2 * uniform() - 1
      s = u * u + v * v
    } while (s >= 1 || s === 0)
    const f = Math.sqrt((-2 * Math.log(s)) / s)
    spare = v * f
    hasSpare = true
    return u * f
  }
  return { uint32, uniform, normal, below: (n) => Math.floor(uniform() * n) }
}

/** A seed for an independent stream named by numbers or text, for example a request index and a layer. */
export const substream = (seed: number, ...names: ReadonlyArray<number | string>): number => {
  // Mixed first: near seeds must not meet when a name's characters are folded in (1 with "3" and 2 with "0").
  let h = splitmix32(seed)()
  for (const name of names) {
    for (const char of String(name)) h = Math.imul(h ^ char.charCodeAt(0), 0x01000193)
    h = Math.imul(h ^ (h >>> 15) ^ 0x7f, 0x2c1b3c6d)
  }
  return splitmix32(h)()
}

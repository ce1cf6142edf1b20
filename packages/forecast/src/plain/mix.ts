/** Mixtures in plain loops: where WebAssembly is not to be had, and what `assembly/mix.as` is tested against. */

/** Chances that members gave to selections, and when their weights are fitted. */
export interface MixtureFit {
  readonly members: number
  readonly selections: number
  /** Rounds at most, and the change of the weights at which they end. */
  readonly rounds: number
  readonly settled: number
  /** Writes the chances of each selection, its members side by side, selections `width` entries apart. */
  readonly fill: (chances: Float64Array, width: number) => void
}

/** Weights by expectation maximisation, begun equal. */
export const plainRounds = ({ members, selections, rounds, settled, fill }: MixtureFit): Float64Array => {
  const chances = new Float64Array(selections * members)
  fill(chances, members)
  let weights = new Float64Array(members).fill(1 / members)
  for (let round = 0; round < rounds; round++) {
    const next = new Float64Array(members).fill(1)
    for (let i = 0; i < selections; i++) {
      const at = i * members
      let total = 0
      for (let m = 0; m < members; m++) total += weights[m]! * chances[at + m]!
      if (!(total > 0)) continue
      for (let m = 0; m < members; m++) next[m]! += (weights[m]! * chances[at + m]!) / total
    }
    const sum = next.reduce((a, b) => a + b, 0)
    let change = 0
    for (let m = 0; m < members; m++) {
      next[m]! /= sum
      change = Math.max(change, Math.abs(next[m]! - weights[m]!))
    }
    weights = next
    if (change < settled) break
  }
  return weights
}

/** Writes the weighted mean of rows; a hot loop, without allocation. */
export const plainMix = (weights: Float64Array, rows: ReadonlyArray<Float64Array>, into: Float64Array): void => {
  into.fill(0)
  for (let m = 0; m < weights.length; m++) {
    const weight = weights[m]!
    const of = rows[m]!
    for (let e = 0; e < into.length; e++) into[e]! += weight * of[e]!
  }
}

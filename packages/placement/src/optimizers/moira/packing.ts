/**
 * What the fullest unit carries at least when copies of given weights are packed: the heaviest beside the lightest, the next heaviest
 * beside the next lightest, and so on. Which copies share a unit is not asked. Hot, nothing is allocated once it is made.
 */

export interface Packed {
  fullest: number
  /** Sum over units of load^32: little but the fullest counts, and still a way down is seen while many are nearly as full. */
  cost: number
}

const squarings = 5

export const makePacking = (units: number, slotsPerUnit: number) => {
  const slots = units * slotsPerUnit
  /** Weights of all copies, rising; empty slots weigh 0. */
  const weights = new Float64Array(slots)

  /** The first place whose weight is at least this. */
  const placeOf = (weight: number): number => {
    let low = 0
    let high = slots
    while (low < high) {
      const middle = (low + high) >> 1
      if (weights[middle]! < weight) low = middle + 1
      else high = middle
    }
    return low
  }

  return {
    /** Starts over with an expert's load over its copies for each of them; the sum of `copies` is at most the slots. */
    set: (total: ArrayLike<number>, copies: ArrayLike<number>): void => {
      weights.fill(0)
      let next = 0
      for (let e = 0; e < total.length; e++)
        for (let c = 0; c < copies[e]!; c++) weights[next++] = total[e]! / copies[e]!
      weights.sort()
    },
    /** `before` copies of a load of `total` become `after`; there must be as many slots. */
    change: (total: number, before: number, after: number): void => {
      const from = placeOf(total / before)
      weights.copyWithin(before, 0, from)
      weights.fill(0, 0, before)
      const to = placeOf(total / after)
      weights.copyWithin(0, after, to)
      weights.fill(total / after, to - after, to)
    },
    /**
     * With two slots a unit this packing is the best there is. With more, light copies can change places, so that only the mean
     * of the first units counts, for each number of them.
     */
    pack: (packed: Packed): void => {
      packed.fullest = 0
      packed.cost = 0
      let next = 0
      let sum = 0
      for (let u = 0; u < units; u++) {
        let load = weights[slots - 1 - u]!
        for (let s = 1; s < slotsPerUnit; s++) load += weights[next++]!
        sum += load
        const full = slotsPerUnit === 2 ? load : sum / (u + 1)
        if (full > packed.fullest) packed.fullest = full
        let power = full
        for (let i = 0; i < squarings; i++) power *= power
        packed.cost += power
      }
    }
  }
}

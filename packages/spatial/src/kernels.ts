/** Counting loops: plain loops over typed arrays without allocation, because they run once for each id of a trace. */

/** Selections at positions `from` to `to` of experts that are marked 1 in `marked`. */
export const countMarked = (ids: Uint16Array, from: number, to: number, marked: Uint8Array): number => {
  let hits = 0
  for (let i = from; i < to; i++) {
    const id = ids[i]!
    if (id < marked.length) hits += marked[id]!
  }
  return hits
}

/** Selections at positions `from` to `to` that are no holes. */
export const countValid = (ids: Uint16Array, from: number, to: number, experts: number): number => {
  let valid = 0
  for (let i = from; i < to; i++) if (ids[i]! < experts) valid++
  return valid
}

/** Pairs of rows of eight ids without holes, written out: twice as fast as loops. */
const pairsTop8 = (ids: Uint16Array, experts: number, into: Uint32Array): void => {
  for (let o = 0; o < ids.length; o += 8) {
    const b = ids[o + 1]!
    const c = ids[o + 2]!
    const d = ids[o + 3]!
    const e = ids[o + 4]!
    const f = ids[o + 5]!
    const g = ids[o + 6]!
    const h = ids[o + 7]!
    let row = ids[o]! * experts
    into[row + b]!++
    into[row + c]!++
    into[row + d]!++
    into[row + e]!++
    into[row + f]!++
    into[row + g]!++
    into[row + h]!++
    row = b * experts
    into[row + c]!++
    into[row + d]!++
    into[row + e]!++
    into[row + f]!++
    into[row + g]!++
    into[row + h]!++
    row = c * experts
    into[row + d]!++
    into[row + e]!++
    into[row + f]!++
    into[row + g]!++
    into[row + h]!++
    row = d * experts
    into[row + e]!++
    into[row + f]!++
    into[row + g]!++
    into[row + h]!++
    row = e * experts
    into[row + f]!++
    into[row + g]!++
    into[row + h]!++
    row = f * experts
    into[row + g]!++
    into[row + h]!++
    into[g * experts + h]!++
  }
}

const pairsAny = (ids: Uint16Array, topK: number, experts: number, into: Uint32Array): void => {
  for (let o = 0; o < ids.length; o += topK) {
    const end = o + topK
    for (let a = o; a < end; a++) {
      const i = ids[a]!
      if (i >= experts) continue
      const row = i * experts
      for (let b = a + 1; b < end; b++) {
        const j = ids[b]!
        if (j < experts) into[row + j]!++
      }
    }
  }
}

/**
 * Adds 1 to `into[i * experts + j]` for each two experts of a row of `topK` ids, the one that stands first as i.
 * Call {@link symmetric} on the sum to count pairs whatever their order.
 */
export const countPairs = (ids: Uint16Array, topK: number, experts: number, into: Uint32Array): void =>
  topK === 8 && countValid(ids, 0, ids.length, experts) === ids.length
    ? pairsTop8(ids, experts, into)
    : pairsAny(ids, topK, experts, into)

/** `[i, j] = [j, i]` = both orders together; the diagonal, which no token of distinct experts has, is left at zero. */
export const symmetric = (ordered: Uint32Array, experts: number): Uint32Array => {
  const out = new Uint32Array(ordered.length)
  for (let i = 0; i < experts; i++) {
    for (let j = i + 1; j < experts; j++) {
      const both = ordered[i * experts + j]! + ordered[j * experts + i]!
      out[i * experts + j] = both
      out[j * experts + i] = both
    }
  }
  return out
}

/**
 * Max-min fair rates by progressive filling (Bertsekas and Gallager, Data Networks, section 6.5.2): the resource that
 * gives its flows the least is filled first, its flows keep that rate, and the rest share what is left.
 *
 * Flows on one path are one group of `weight` flows, so cost grows with paths and not with flows. A hot loop over
 * typed arrays, without allocation.
 */

/** Groups in columns; group `g` crosses `pathResource[pathStart[g]]` to `pathResource[pathEnd[g] - 1]`. */
export interface ShareProblem {
  /** By resource, in bytes a picosecond. */
  readonly capacity: Float64Array
  readonly pathResource: Uint32Array
  readonly pathStart: Uint32Array
  readonly pathEnd: Uint32Array
  /** Flows of each group. */
  readonly weight: Uint32Array
  /** Written: rate of each flow of the group, in bytes a picosecond. */
  readonly rate: Float64Array
}

/** Fills `rate` of the first `count` groups listed in `active`. */
export type FairShare = (active: Uint32Array, count: number) => void

/** Allocates the scratch of one problem size; `edges` is the most path entries of groups active at a time. */
export const makeFairShare = (problem: ShareProblem, edges: number): FairShare => {
  const { capacity, pathResource, pathStart, pathEnd, weight, rate } = problem
  const resources = capacity.length
  const left = new Float64Array(resources)
  const flows = new Float64Array(resources)
  // Groups of a resource as linked lists: `head[r]` is 1 + an edge, `next[edge]` likewise, 0 ends the list.
  const head = new Uint32Array(resources)
  const next = new Uint32Array(edges)
  const edgeGroup = new Uint32Array(edges)
  const used = new Uint32Array(resources)

  /** Groups over `filled` that have no rate yet get `share` a flow, and take it from what they cross; says how many. */
  const fill = (filled: number, share: number): number => {
    let groups = 0
    for (let e = head[filled]!; e !== 0; e = next[e - 1]!) {
      const g = edgeGroup[e - 1]!
      if (rate[g]! >= 0) continue
      rate[g] = share
      const w = weight[g]!
      for (let p = pathStart[g]!; p < pathEnd[g]!; p++) {
        const r = pathResource[p]!
        flows[r]! -= w
        left[r] = Math.max(0, left[r]! - share * w)
      }
      groups++
    }
    return groups
  }

  return (active, count) => {
    let usedCount = 0
    let edge = 0
    for (let a = 0; a < count; a++) {
      const g = active[a]!
      rate[g] = -1
      const w = weight[g]!
      for (let p = pathStart[g]!; p < pathEnd[g]!; p++) {
        const r = pathResource[p]!
        if (head[r] === 0) {
          used[usedCount++] = r
          left[r] = capacity[r]!
          flows[r] = 0
        }
        flows[r]! += w
        edgeGroup[edge] = g
        next[edge] = head[r]!
        head[r] = ++edge
      }
    }
    for (let open = count; open > 0;) {
      // The resource that gives each of its flows least, left / flows; those whose flows all have rates leave the list.
      let least = -1
      let leastLeft = 1
      let leastFlows = 0
      let kept = 0
      for (let i = 0; i < usedCount; i++) {
        const r = used[i]!
        const n = flows[r]!
        if (n === 0) {
          head[r] = 0
          continue
        }
        used[kept++] = r
        if (left[r]! * leastFlows < leastLeft * n) {
          least = r
          leastLeft = left[r]!
          leastFlows = n
        }
      }
      usedCount = kept
      open -= fill(least, leastLeft / leastFlows)
    }
    for (let i = 0; i < usedCount; i++) head[used[i]!] = 0
  }
}

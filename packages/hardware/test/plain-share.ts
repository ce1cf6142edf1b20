/**
 * The reference of rates: every one worked out anew from the first round, whenever anything has changed.
 *
 * Max-min fair rates by progressive filling (Bertsekas and Gallager, Data Networks, section 6.5.2): the resource that
 * gives its flows the least is filled first, its flows keep that rate, and the rest share what is left.
 *
 * Flows on one path are one group of `weight` flows, so cost grows with paths and not with flows. A hot loop over
 * typed arrays, without allocation.
 */

import type { ShareProblem } from "../src/flow/share-problem.ts"
import { bring, plan, type Rates, type TransfersState } from "../src/flow/transfers-state.ts"

/** A problem and the scratch to solve it. Groups of a resource are a linked list of edges, which are the path entries. */
interface FairShare {
  readonly problem: ShareProblem
  /** By resource: capacity that has no flow yet, and flows that have no rate yet. */
  readonly left: Float64Array
  readonly flows: Float64Array
  /** By resource: 1 + the first edge of its list, 0 for none. All 0 between two calls. */
  readonly head: Uint32Array
  /** By edge: 1 + the next of the list, 0 at its end; and the group that crosses. */
  readonly next: Uint32Array
  readonly edgeGroup: Uint32Array
  /** Resources that some group crosses. */
  readonly used: Uint32Array
}

/** Allocates the scratch of one problem size; `edges` is the most path entries of groups active at a time. */
const makeFairShare = (problem: ShareProblem, edges: number): FairShare => {
  const resources = problem.capacity.length
  return {
    problem,
    left: new Float64Array(resources),
    flows: new Float64Array(resources),
    head: new Uint32Array(resources),
    next: new Uint32Array(edges),
    edgeGroup: new Uint32Array(edges),
    used: new Uint32Array(resources)
  }
}

/** Fills `rate` of the first `count` groups listed in `active`. */
const shareFairly = (state: FairShare, active: Uint32Array, count: number): void => {
  const { left, flows, head, used } = state
  let usedCount = list(state, active, count)
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
    open -= fill(state, least, leastLeft / leastFlows)
  }
  for (let i = 0; i < usedCount; i++) head[used[i]!] = 0
}

/** Lists the groups of every resource that some group crosses, and takes their rates away; says how many resources. */
const list = (state: FairShare, active: Uint32Array, count: number): number => {
  const { problem, left, flows, head, next, edgeGroup, used } = state
  const { capacity, pathResource, pathStart, pathEnd, weight, rate } = problem
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
  return usedCount
}

/** Groups over `filled` that have no rate yet get `share` a flow, and take it from what they cross; says how many. */
const fill = (state: FairShare, filled: number, share: number): number => {
  const { problem, left, flows, head, next, edgeGroup } = state
  const { pathResource, pathStart, pathEnd, weight, rate } = problem
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

const dropEmpty = (state: TransfersState): void => {
  const { active, weight, place } = state
  for (let a = state.activeCount - 1; a >= 0; a--) {
    const slot = active[a]!
    if (weight[slot]! > 0) continue
    const last = active[--state.activeCount]!
    active[a] = last
    place[last] = a
    place[slot] = -1
    state.settled[slot] = 0
    state.current[slot] = 0
  }
}

/** Rates of all groups from the start, for problems whose groups cross no more than `longest` resources each. */
export const plainRates =
  (longest: number) =>
  (problem: ShareProblem): Rates => {
    const share = makeFairShare(problem, problem.weight.length * longest)
    return {
      settle: (state) => {
        dropEmpty(state)
        const { active, activeCount, settled, weight, rate, current } = state
        shareFairly(share, active, activeCount)
        state.rateUpdates++
        for (let a = 0; a < activeCount; a++) {
          const slot = active[a]!
          settled[slot] = weight[slot]!
          if (rate[slot] === current[slot]) continue
          bring(state, slot)
          current[slot] = rate[slot]!
          plan(state, slot)
        }
        state.changed = 0
      },
      reset: () => {}
    }
  }

/**
 * Max-min fair rates by progressive filling (Bertsekas and Gallager, Data Networks, section 6.5.2): the resource that
 * gives its flows the least is filled first, its flows keep that rate, and the rest share what is left.
 *
 * Flows on one path are one group of `weight` flows, so cost grows with paths and not with flows. Rounds are kept, so that
 * filling can begin again at one of them. A hot loop over typed arrays, without allocation but where room grows.
 */
import { crossedBefore, type Groups, makeGroups } from "./groups.ts"
import { goBack, keepCheckpoint, makeRounds, noteTie, type Rounds } from "./rounds.ts"
import type { ShareProblem } from "./share-problem.ts"

/** Groups, the rounds that gave them their rates, and the scratch for further ones. */
export interface FairShare {
  readonly groups: Groups
  readonly rounds: Rounds
  /** By resource: capacity that has no flow yet, and flows that have no rate yet. */
  readonly left: Float64Array
  readonly flows: Float64Array
  /** Resources that some group without a rate crosses, and those that give their flows about the least. */
  readonly used: Uint32Array
  readonly near: Uint32Array
}

export const makeFairShare = (problem: ShareProblem): FairShare => {
  const resources = problem.capacity.length
  const share = {
    groups: makeGroups(problem),
    rounds: makeRounds(resources),
    left: problem.capacity.slice(),
    flows: new Float64Array(resources),
    used: new Uint32Array(resources),
    near: new Uint32Array(resources)
  }
  keepCheckpoint(share.rounds, share.left, share.flows)
  return share
}

/**
 * Gives groups their rates from round `from` on, at which there is a checkpoint; those of earlier rounds keep theirs. The order
 * of places decides how rates are rounded: which of equal resources is filled first, and in which order capacity is taken.
 */
export const shareFairly = (share: FairShare, from: number): void => {
  const { groups, rounds, left, flows, used } = share
  const { round, count } = groups
  goBack(rounds, from, left, flows)
  let open = 0
  for (let place = 0; place < count; place++) {
    if (round[place]! >= 0 && round[place]! < from) continue
    round[place] = -1
    open++
  }
  let usedCount = 0
  for (let r = 0; r < flows.length; r++) if (flows[r]! > 0) used[usedCount++] = r
  while (open > 0) {
    keepCheckpoint(rounds, left, flows)
    const least = leastOf(share, usedCount)
    open -= fill(share, least, left[least]! / flows[least]!)
    let kept = 0
    for (let i = 0; i < usedCount; i++) if (flows[used[i]!]! > 0) used[kept++] = used[i]!
    usedCount = kept
  }
}

/** Shares this near each other may be equal but for rounding, or be told apart by it alone. */
const nearly = 1 + 1e-9

/** The resource that gives each of its flows least, left / flows. */
const leastOf = (share: FairShare, usedCount: number): number => {
  const { left, flows, used } = share
  let least = 0
  let rate = Infinity
  let second = Infinity
  for (let i = 0; i < usedCount; i++) {
    const r = used[i]!
    const its = left[r]! / flows[r]!
    if (its < rate) {
      second = rate
      rate = its
      least = r
    } else if (its < second) second = its
  }
  return second > rate * nearly ? least : firstOfNear(share, usedCount, rate * nearly)
}

/**
 * Of resources that give about the least, the one that is found when they are compared without a division, one after the other
 * in the order in which groups cross them first. The round is noted as tied.
 */
const firstOfNear = (
  { groups, rounds, left, flows, used, near }: FairShare,
  usedCount: number,
  most: number
): number => {
  let count = 0
  for (let i = 0; i < usedCount; i++) {
    const r = used[i]!
    if (left[r]! / flows[r]! > most) continue
    let at = count++
    for (; at > 0 && crossedBefore(groups, r, near[at - 1]!); at--) near[at] = near[at - 1]!
    near[at] = r
  }
  let least = near[0]!
  let equal = true
  for (let i = 1; i < count; i++) {
    const r = near[i]!
    if (left[r] !== left[near[0]!] || flows[r] !== flows[near[0]!]) equal = false
    if (left[r]! * flows[least]! < left[least]! * flows[r]!) least = r
  }
  noteTie(rounds, near, count, equal)
  return least
}

/** Groups over `filled` that have no rate yet get `rate` a flow, and take it from what they cross; says how many. */
const fill = ({ groups, rounds, left, flows }: FairShare, filled: number, rate: number): number => {
  const { path, pathLength, width, weight, round } = groups
  const list = groups.members[filled]!
  const now = rounds.count++
  let given = 0
  let first = 0
  let mixed = 0
  for (let i = groups.memberCount[filled]! - 1; i >= 0; i--) {
    const place = list[i]!
    if (round[place]! >= 0) continue
    round[place] = now
    groups.rate[place] = rate
    const w = weight[place]!
    if (given === 0) first = w
    else if (w !== first) mixed = 1
    const from = place * width
    const end = from + pathLength[place]!
    const taken = rate * w
    for (let p = from; p < end; p++) {
      const r = path[p]!
      flows[r]! -= w
      const rest = left[r]! - taken
      left[r] = rest > 0 ? rest : 0
    }
    given++
  }
  rounds.level[now] = rate
  rounds.mixed[now] = mixed
  return given
}

/**
 * From which round on progressive filling must be done again. A round stays as it was, to the last bit, while its resource
 * still gives the least, its groups are the same in the same order, and so are those of all rounds before. Hot; no allocation.
 */
import type { FairShare } from "./fair-share.ts"
import { crossedBefore } from "./groups.ts"
import { type Rounds, stride } from "./rounds.ts"

/** What has changed since rates were worked out. */
export interface Changes {
  /** The first round of which a group has changed or gone, or changed its place where that shows. */
  round: number
  /** By resource: flows more than there were; marked where `mark` is `now`; `count` such resources. */
  readonly more: Float64Array
  readonly mark: Uint32Array
  now: number
  readonly touched: Uint32Array
  count: number
}

export const makeChanges = (resources: number): Changes => ({
  round: 0,
  more: new Float64Array(resources),
  mark: new Uint32Array(resources),
  now: 0,
  touched: new Uint32Array(resources),
  count: 0
})

/** Begins to note changes. */
export const noChanges = (changes: Changes, { count }: Rounds): void => {
  changes.round = count
  changes.now++
  changes.count = 0
}

/** Notes that the group at `place` has `by` flows more. */
export const noteChange = (changes: Changes, { groups }: FairShare, place: number, by: number): void => {
  const { path, width, pathLength, round } = groups
  const { more, mark, touched, now } = changes
  if (round[place]! >= 0 && round[place]! < changes.round) changes.round = round[place]!
  for (let i = place * width; i < place * width + pathLength[place]!; i++) {
    const r = path[i]!
    if (mark[r] !== now) {
      mark[r] = now
      more[r] = 0
      touched[changes.count++] = r
    }
    more[r]! += by
  }
}

/**
 * Notes that the group at the last place is about to move. Where all groups of its round are of one weight, their order does not
 * show: each takes as much.
 */
export const noteMove = (changes: Changes, { groups, rounds }: FairShare): void => {
  const round = groups.round[groups.count - 1]!
  if (round >= 0 && round < changes.round && rounds.mixed[round] === 1) changes.round = round
}

/** The last checkpoint up to which nothing changes, as its round; checkpoints up to it are told of the flows that have changed. */
export const firstChangedRound = (share: FairShare, changes: Changes): number => {
  const { rounds } = share
  let at = Math.floor(changes.round / stride)
  // With all rounds unchanged there may be no checkpoint after the last.
  at = Math.min(at, Math.max(0, Math.ceil(rounds.count / stride) - 1))
  for (let i = 0; i < changes.count; i++) {
    const r = changes.touched[i]!
    if (changes.more[r]! > 0) while (at > 0 && !surelyLater(rounds, at, r, changes.more[r]!)) at--
  }
  const kept = Math.min(at, Math.floor(firstBrokenTie(share, changes, at * stride) / stride))
  for (let i = 0; i < changes.count; i++) {
    const r = changes.touched[i]!
    for (let c = 0; c <= kept; c++) rounds.checkpoints[c]!.flows[r]! += changes.more[r]!
  }
  return kept * stride
}

/** Far more than what rounding can do to what is left or to a rate. */
const surely = 1 + 1e-6

/**
 * Whether a resource with so many flows more would give more than the rounds before a checkpoint. What it has left when all of
 * its flows have the rate of a round only shrinks from round to round, so the last round before tells of all.
 */
const surelyLater = ({ checkpoints, level }: Rounds, at: number, resource: number, more: number): boolean => {
  const { left, flows } = checkpoints[at]!
  return left[resource]! > (flows[resource]! + more) * level[at * stride - 1]! * surely
}

/** The first round before `before` whose tie may go another way: a resource of it has changed, or their order has. */
const firstBrokenTie = ({ groups, rounds }: FairShare, { mark, now }: Changes, before: number): number => {
  const { ties } = rounds
  for (let tie = 0; tie < ties.count && ties.round[tie]! < before; tie++) {
    const from = tie === 0 ? 0 : ties.end[tie - 1]!
    let earlier = ties.resource[from]!
    if (mark[earlier] === now) return ties.round[tie]!
    for (let i = from + 1; i < ties.end[tie]!; i++) {
      const r = ties.resource[i]!
      if (mark[r] === now || crossedBefore(groups, r, earlier)) return ties.round[tie]!
      if (ties.equal[tie] === 0) earlier = r
    }
  }
  return before
}

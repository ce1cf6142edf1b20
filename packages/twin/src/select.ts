/** Top-k choice of experts from scores, plain and group-limited. Hot loops: typed arrays, no allocation. */

/** Room for one choice; make one a generator and reuse it. */
export interface Chooser {
  readonly experts: number
  readonly topK: number
  readonly groups: number
  readonly groupsPerToken: number
  /** `[topK]` best scores so far and their experts, best first. */
  readonly best: Float64Array
  readonly ids: Uint16Array
  readonly groupScore: Float64Array
  /** `[groups]` second best score of each group. */
  readonly groupSecond: Float64Array
  readonly groupOpen: Uint8Array
}

export const makeChooser = (model: {
  readonly experts: number
  readonly topK: number
  readonly routing?: { readonly groups: number; readonly groupsPerToken: number }
}): Chooser => {
  const { groups, groupsPerToken } = model.routing ?? { groups: 1, groupsPerToken: 1 }
  return {
    experts: model.experts,
    topK: model.topK,
    groups,
    groupsPerToken,
    best: new Float64Array(model.topK),
    ids: new Uint16Array(model.topK),
    groupScore: new Float64Array(groups),
    groupSecond: new Float64Array(groups),
    groupOpen: new Uint8Array(groups)
  }
}

/**
 * Takes experts `from` to `to` into the running best, kept by insertion: few scores get past the worst of them, and none
 * below `least`, which at least top-k experts are known to reach.
 */
const take = (chooser: Chooser, scores: Float64Array, from: number, to: number, least: number): void => {
  const { best, ids, topK } = chooser
  const last = topK - 1
  let worst = best[last]!
  for (let e = from; e < to; e++) {
    const score = scores[e]!
    if (score < least || score <= worst) continue
    let at = last
    while (at > 0 && best[at - 1]! < score) {
      best[at] = best[at - 1]!
      ids[at] = ids[at - 1]!
      at--
    }
    best[at] = score
    ids[at] = e
    worst = best[last]!
  }
}

/**
 * Opens the `groupsPerToken` groups with the greatest sum of their two best scores (DeepSeek-V3, arXiv 2412.19437,
 * section 2.1.2, and its published `MoEGate`); ties to the lower group.
 */
const openGroups = (chooser: Chooser, scores: Float64Array): void => {
  const { groupScore, groupSecond, groupOpen, groups, groupsPerToken } = chooser
  const size = chooser.experts / groups
  for (let g = 0; g < groups; g++) {
    let first = -Infinity
    let second = -Infinity
    for (let e = g * size; e < (g + 1) * size; e++) {
      const score = scores[e]!
      if (score <= second) continue
      if (score > first) {
        second = first
        first = score
      } else second = score
    }
    groupScore[g] = size === 1 ? first : first + second
    groupSecond[g] = second
    groupOpen[g] = 0
  }
  for (let n = 0; n < groupsPerToken; n++) {
    let pick = -1
    for (let g = 0; g < groups; g++) {
      if (groupOpen[g] === 0 && (pick < 0 || groupScore[g]! > groupScore[pick]!)) pick = g
    }
    groupOpen[pick] = 1
  }
}

/** What top-k experts of the open groups reach for certain: two of each group are as good as its second best. */
const reached = ({ topK, groups, groupsPerToken, groupSecond, groupOpen }: Chooser): number => {
  if (2 * groupsPerToken < topK) return -Infinity
  let least = Infinity
  for (let g = 0; g < groups; g++) if (groupOpen[g] === 1 && groupSecond[g]! < least) least = groupSecond[g]!
  return least
}

/** Leaves the top-k experts of `scores` in `chooser.ids`, best first; ties to the lower id. */
export const choose = (chooser: Chooser, scores: Float64Array): void => {
  chooser.best.fill(-Infinity)
  if (chooser.groupsPerToken === chooser.groups) return take(chooser, scores, 0, chooser.experts, -Infinity)
  openGroups(chooser, scores)
  const size = chooser.experts / chooser.groups
  const least = reached(chooser)
  for (let g = 0; g < chooser.groups; g++) {
    if (chooser.groupOpen[g] === 1) take(chooser, scores, g * size, (g + 1) * size, least)
  }
}

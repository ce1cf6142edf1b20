/**
 * Groups of flows by their place among the active ones, and by the resources that they cross. Kept from one working out
 * of rates to the next, since few groups come, go or move between two. Hot; allocates only where room grows.
 */
import type { ShareProblem } from "./share-problem.ts"

/** Groups lie at places 0 to `count - 1`; arrays are by place where nothing else is said. */
export interface Groups {
  readonly problem: ShareProblem
  count: number
  /** Entries of `path` that a place has: room for the longest path seen. */
  width: number
  /** The resources that a group crosses: `pathLength` of them from `place * width`. */
  path: Uint32Array
  pathLength: Uint32Array
  weight: Float64Array
  /** Rate of each flow, and the round that gave it; -1 without one. */
  rate: Float64Array
  round: Int32Array
  /** By resource: flows that cross it; and the places of its groups, ascending, `memberCount` of them. */
  readonly flows: Float64Array
  readonly members: Array<Uint32Array>
  readonly memberCount: Uint32Array
}

export const makeGroups = (problem: ShareProblem): Groups => {
  const resources = problem.capacity.length
  return {
    problem,
    count: 0,
    width: 8,
    path: new Uint32Array(64 * 8),
    pathLength: new Uint32Array(64),
    weight: new Float64Array(64),
    rate: new Float64Array(64),
    round: new Int32Array(64),
    flows: new Float64Array(resources),
    members: Array.from({ length: resources }, () => new Uint32Array(8)),
    memberCount: new Uint32Array(resources)
  }
}

type Column = Uint32Array | Int32Array | Float64Array
const grown = <A extends Column>(array: A, length: number): A => {
  const larger = new (array.constructor as new (length: number) => A)(length)
  larger.set(array)
  return larger
}

const makeRoom = (groups: Groups, width: number): void => {
  const { count } = groups
  if (count === groups.weight.length) {
    groups.path = grown(groups.path, 2 * count * groups.width)
    groups.pathLength = grown(groups.pathLength, 2 * count)
    groups.weight = grown(groups.weight, 2 * count)
    groups.rate = grown(groups.rate, 2 * count)
    groups.round = grown(groups.round, 2 * count)
  }
  if (width <= groups.width) return
  const path = new Uint32Array(groups.weight.length * width)
  for (let place = 0; place < count; place++) {
    const from = place * groups.width
    for (let i = 0; i < groups.pathLength[place]!; i++) path[place * width + i] = groups.path[from + i]!
  }
  groups.path = path
  groups.width = width
}

/** Takes in group `group` at the place after all others, with no flow and no rate yet. */
export const admit = (groups: Groups, group: number): void => {
  const { pathResource, pathStart, pathEnd } = groups.problem
  const from = pathStart[group]!
  const length = pathEnd[group]! - from
  makeRoom(groups, length)
  const place = groups.count++
  const { path, width, members, memberCount } = groups
  groups.pathLength[place] = length
  groups.weight[place] = 0
  groups.round[place] = -1
  for (let i = 0; i < length; i++) {
    const r = pathResource[from + i]!
    path[place * width + i] = r
    const count = memberCount[r]!++
    if (count === members[r]!.length) members[r] = grown(members[r]!, 2 * count)
    members[r]![count] = place
  }
}

/** Says that a group has so many flows now. */
export const setWeight = ({ path, width, pathLength, weight, flows }: Groups, place: number, of: number): void => {
  const by = of - weight[place]!
  weight[place] = of
  for (let i = place * width; i < place * width + pathLength[place]!; i++) flows[path[i]!]! += by
}

/** Takes out the group at `place`, which has no flows; the last group takes its place. */
export const removeGroup = (groups: Groups, place: number): void => {
  const { path, width, pathLength, members, memberCount } = groups
  for (let i = 0; i < pathLength[place]!; i++) {
    const r = path[place * width + i]!
    const list = members[r]!
    const at = search(list, memberCount[r]!, place)
    list.copyWithin(at, at + 1, memberCount[r]!--)
  }
  const last = --groups.count
  if (last === place) return
  for (let i = 0; i < pathLength[last]!; i++) {
    const r = path[last * width + i]!
    path[place * width + i] = r
    // The last place of all is the last of every list.
    const list = members[r]!
    const end = memberCount[r]! - 1
    const at = search(list, end, place)
    list.copyWithin(at + 1, at, end)
    list[at] = place
  }
  pathLength[place] = pathLength[last]!
  groups.weight[place] = groups.weight[last]!
  groups.rate[place] = groups.rate[last]!
  groups.round[place] = groups.round[last]!
}

/** Where a place is, or belongs, among the first `count` of a list. */
const search = (list: Uint32Array, count: number, place: number): number => {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (list[middle]! < place) low = middle + 1
    else high = middle
  }
  return low
}

/** Whether groups, by place and then along the path, cross resource `a` for the first time before `b`. */
export const crossedBefore = ({ members, path, width }: Groups, a: number, b: number): boolean => {
  const [first, second] = [members[a]![0]!, members[b]![0]!]
  if (first !== second) return first < second
  for (let i = first * width; ; i++) if (path[i] === a || path[i] === b) return path[i] === a
}

/** Forgets all groups. */
export const clearGroups = (groups: Groups): void => {
  groups.count = 0
  groups.flows.fill(0)
  groups.memberCount.fill(0)
}

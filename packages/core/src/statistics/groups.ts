/** Members that were not drawn apart, such as the turns of a conversation: only whole groups are drawn. */
import { heldOutMask, type Split } from "./split.ts"

/** `of[r]` is the group of member r; groups are numbered by their first member. */
export interface Groups {
  readonly of: Uint32Array
  readonly count: number
}

/** Members with equal keys are a group. */
export const groupsOf = (keys: ReadonlyArray<unknown>): Groups => {
  const numbers = new Map<unknown, number>()
  const of = new Uint32Array(keys.length)
  keys.forEach((key, r) => {
    if (!numbers.has(key)) numbers.set(key, numbers.size)
    of[r] = numbers.get(key)!
  })
  return { of, count: numbers.size }
}

/** 1 for each member of the held-out groups: those that a split of as many members would hold out. */
export const heldOutMembers = (groups: Groups, split?: Split): Uint8Array => {
  const heldOut = heldOutMask(groups.count, split)
  return Uint8Array.from(groups.of, (group) => heldOut[group]!)
}

/** Sums over the members of each group. */
export const sumsByGroup = ({ of, count }: Groups, values: ArrayLike<number>): ArrayLike<number> => {
  if (of.length !== values.length) throw new RangeError(`${values.length} values of ${of.length} members`)
  if (count === of.length) return values
  const sums = new Float64Array(count)
  for (let r = 0; r < of.length; r++) sums[of[r]!]! += values[r]!
  return sums
}

/** Groups of the first `batches` batches of `size` consecutive members: batches that share a group belong together. */
export const groupsOfBatches = (groups: Groups, size: number, batches: number): Groups => {
  const root = Uint32Array.from({ length: batches }, (_, b) => b)
  const find = (batch: number): number => {
    let at = batch
    while (root[at] !== at) at = root[at]!
    return at
  }
  const first = new Int32Array(groups.count).fill(-1)
  for (let r = 0; r < Math.min(groups.of.length, batches * size); r++) {
    const [group, batch] = [groups.of[r]!, Math.floor(r / size)]
    if (first[group]! < 0) first[group] = batch
    const [a, b] = [find(first[group]!), find(batch)]
    root[Math.max(a, b)] = Math.min(a, b)
  }
  return groupsOf(Array.from(root, (_, b) => find(b)))
}

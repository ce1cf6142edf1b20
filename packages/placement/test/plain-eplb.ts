/**
 * EPLB written down plainly, list by list in the order of the reference's three functions: the oracle of the fast
 * version, and a baseline of the benchmark. Loads and their sums are 32-bit floats; sorting keeps ties in order; `max`
 * and `min` take the first.
 */

/** `balanced_packing`: pack and place in the pack of each item. */
const balancedPacking = (
  loads: ReadonlyArray<number>,
  packs: number
): { readonly pack: ReadonlyArray<number>; readonly rank: ReadonlyArray<number> } => {
  const perPack = loads.length / packs
  if (perPack === 1) return { pack: loads.map((_, i) => i), rank: loads.map(() => 0) }
  const order = loads.map((_, i) => i).toSorted((a, b) => loads[b]! - loads[a]!)
  const pack = loads.map(() => -1)
  const rank = loads.map(() => -1)
  const packLoads = Array.from({ length: packs }, () => 0)
  const packItems = Array.from({ length: packs }, () => 0)
  for (const item of order) {
    const free = packLoads.map((_, p) => p).filter((p) => packItems[p]! < perPack)
    const least = free.reduce((best, p) => (packLoads[p]! < packLoads[best]! ? p : best))
    pack[item] = least
    rank[item] = packItems[least]!
    packLoads[least] = Math.fround(packLoads[least]! + loads[item]!)
    packItems[least]!++
  }
  return { pack, rank }
}

/** `replicate_experts`: the expert of each copy, and the copies of each expert. */
const replicateExperts = (
  loads: ReadonlyArray<number>,
  slots: number
): { readonly copyOf: ReadonlyArray<number>; readonly copies: ReadonlyArray<number> } => {
  const copyOf = loads.map((_, e) => e)
  const copies = loads.map(() => 1)
  while (copyOf.length < slots) {
    const shares = loads.map((load, e) => Math.fround(load / copies[e]!))
    const hottest = shares.indexOf(Math.max(...shares))
    copyOf.push(hottest)
    copies[hottest]!++
  }
  return { copyOf, copies }
}

/** `rebalance_experts` for one layer: the expert of each slot. */
export const plainEplb = (
  weight: ReadonlyArray<number>,
  replicas: number,
  groups: number,
  nodes: number,
  gpus: number
): ReadonlyArray<number> => {
  if (groups % nodes !== 0) return plainEplb(weight, replicas, 1, 1, gpus)
  const loads = weight.map(Math.fround)
  const groupSize = loads.length / groups
  const groupsPerNode = groups / nodes
  const groupLoads = Array.from({ length: groups }, (_, g) =>
    loads.slice(g * groupSize, (g + 1) * groupSize).reduce((sum, load) => Math.fround(sum + load), 0)
  )
  const packed = balancedPacking(groupLoads, nodes)
  const expertAt: Array<number> = []
  loads.forEach((_, e) => {
    const group = Math.floor(e / groupSize)
    expertAt[(packed.pack[group]! * groupsPerNode + packed.rank[group]!) * groupSize + (e % groupSize)] = e
  })
  const nodeExperts = loads.length / nodes
  return Array.from({ length: nodes }, (_, n) => {
    const mine = expertAt.slice(n * nodeExperts, (n + 1) * nodeExperts)
    const { copyOf, copies } = replicateExperts(
      mine.map((e) => loads[e]!),
      replicas / nodes
    )
    const copyLoads = copyOf.map((e) => Math.fround(loads[mine[e]!]! / copies[e]!))
    const { pack, rank } = balancedPacking(copyLoads, gpus / nodes)
    const slots: Array<number> = []
    copyOf.forEach((e, i) => (slots[(pack[i]! * replicas) / gpus + rank[i]!] = mine[e]!))
    return slots
  }).flat()
}

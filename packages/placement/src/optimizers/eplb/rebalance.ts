/**
 * EPLB (DeepSeek's Expert Parallelism Load Balancer): the same packings and copies, with loads in 32-bit floats as the reference
 * has them. Slot for slot where no loads tie; where they do, the order of the reference's sort is not defined, and loads are
 * equal instead. One layer at a time; hot: nothing is allocated between layers.
 */
import { makePack } from "./pack.ts"
import { makeTournament } from "./tournament.ts"

/** Sizes of one case, as the reference's `rebalance_experts` takes them. */
export interface EplbShape {
  readonly experts: number
  /** Physical slots in all. */
  readonly replicas: number
  /** Routing groups; 1 for models without. */
  readonly groups: number
  readonly nodes: number
  readonly gpus: number
}

/** Whether the reference can pack whole groups onto nodes; else it forgets both. */
export const isHierarchical = ({ groups, nodes }: EplbShape): boolean => groups % nodes === 0

/** Forced global: one group, one node. */
export const globalShape = (shape: EplbShape): EplbShape => ({ ...shape, groups: 1, nodes: 1 })

/** Why the reference would stop at an assertion, or `undefined`. */
export const eplbFault = ({ experts, replicas, groups, nodes, gpus }: EplbShape): string | undefined => {
  if (replicas < experts) return `${experts} experts are more than ${replicas} slots`
  if (replicas % gpus !== 0) return `${replicas} slots do not divide by ${gpus} units`
  if (experts % groups !== 0) return `${experts} experts do not divide into ${groups} groups`
  if (groups % nodes !== 0) return `${groups} groups do not divide by ${nodes} servers`
  if (gpus % nodes !== 0) return `${gpus} units do not divide by ${nodes} servers`
  return undefined
}

/** Writes the expert of each slot of one layer to `slots`, from loads of its experts. */
export type RebalanceLayer = (weight: ArrayLike<number>, slots: Int32Array) => void

/**
 * Prepares for layers of one shape, which {@link eplbFault} must not fault. Three steps: groups are packed onto nodes;
 * inside each node experts are copied, the one with the greatest load a copy first, until its slots are full; copies
 * are packed onto its GPUs.
 */
export const makeRebalance = (shape: EplbShape): RebalanceLayer => {
  const { experts, replicas, groups, nodes, gpus } = shape
  const groupSize = experts / groups
  const nodeExperts = experts / nodes
  const nodeSlots = replicas / nodes
  const loads = new Float32Array(experts)
  const groupLoads = new Float32Array(groups)
  const groupPlace = new Uint32Array(groups)
  /** By node and position in it: which expert. */
  const expertAt = new Uint32Array(experts)
  const nodeLoads = new Float32Array(nodeExperts)
  const copies = new Uint32Array(nodeExperts)
  /** Load of an expert over its copies. */
  const shares = new Float32Array(nodeExperts)
  const copyOf = new Uint32Array(nodeSlots)
  const copyLoads = new Float32Array(nodeSlots)
  const copyPlace = new Uint32Array(nodeSlots)
  // The greatest share first: keys are negative shares.
  const hottestFirst = makeTournament(nodeExperts)
  const packGroups = makePack(groups, nodes)
  const packCopies = makePack(nodeSlots, gpus / nodes)

  const placeGroups = () => {
    for (let g = 0; g < groups; g++) {
      let sum = 0
      for (let i = 0; i < groupSize; i++) sum = Math.fround(sum + loads[g * groupSize + i]!)
      groupLoads[g] = sum
    }
    packGroups(groupLoads, groupPlace)
    for (let g = 0; g < groups; g++)
      for (let i = 0; i < groupSize; i++) expertAt[groupPlace[g]! * groupSize + i] = g * groupSize + i
  }

  const replicate = () => {
    for (let e = 0; e < nodeExperts; e++) {
      copies[e] = 1
      shares[e] = nodeLoads[e]!
      copyOf[e] = e
      hottestFirst.keys[e] = -nodeLoads[e]!
    }
    hottestFirst.start()
    for (let slot = nodeExperts; slot < nodeSlots; slot++) {
      const hottest = hottestFirst.winner()
      copyOf[slot] = hottest
      copies[hottest]!++
      shares[hottest] = nodeLoads[hottest]! / copies[hottest]!
      hottestFirst.change(hottest, -shares[hottest])
    }
    for (let slot = 0; slot < nodeSlots; slot++) copyLoads[slot] = shares[copyOf[slot]!]!
  }

  return (weight, slots) => {
    for (let e = 0; e < experts; e++) loads[e] = weight[e]!
    placeGroups()
    for (let n = 0; n < nodes; n++) {
      for (let e = 0; e < nodeExperts; e++) nodeLoads[e] = loads[expertAt[n * nodeExperts + e]!]!
      replicate()
      packCopies(copyLoads, copyPlace)
      for (let slot = 0; slot < nodeSlots; slot++)
        slots[n * nodeSlots + copyPlace[slot]!] = expertAt[n * nodeExperts + copyOf[slot]!]!
    }
  }
}

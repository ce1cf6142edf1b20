/**
 * What progressive filling did, so that it can begin again where flows have changed: rounds before the first one that a change
 * could touch would do the same again, to the last bit. Hot; allocates only where room grows.
 */

/** Rounds between two checkpoints. */
export const stride = 4

/** Rounds kept. A round fills one resource, so there are at most as many as resources. */
export interface Rounds {
  count: number
  /** By round: the rate that it gave, and whether its groups differ in weight. */
  readonly level: Float64Array
  readonly mixed: Uint8Array
  /** Before every {@link stride}-th round, by resource: capacity without a flow, and flows without a rate. */
  readonly checkpoints: Array<Checkpoint>
  readonly ties: Ties
}

interface Checkpoint {
  readonly left: Float64Array
  readonly flows: Float64Array
}

/** Rounds in which more than one resource gave about the least, in order; tie `t` is between those up to `end[t]`. */
interface Ties {
  count: number
  readonly round: Uint32Array
  /** 1 where all are equal to the last bit: then the first is filled. */
  readonly equal: Uint8Array
  readonly end: Uint32Array
  resource: Uint32Array
}

export const makeRounds = (resources: number): Rounds => ({
  count: 0,
  level: new Float64Array(resources),
  mixed: new Uint8Array(resources),
  checkpoints: [],
  ties: {
    count: 0,
    round: new Uint32Array(resources),
    equal: new Uint8Array(resources),
    end: new Uint32Array(resources),
    resource: new Uint32Array(1024)
  }
})

/** Notes how things stand before the next round, where a checkpoint is due. */
export const keepCheckpoint = (rounds: Rounds, left: Float64Array, flows: Float64Array): void => {
  if (rounds.count % stride !== 0) return
  const at = rounds.count / stride
  if (at === rounds.checkpoints.length) rounds.checkpoints.push({ left: left.slice(), flows: flows.slice() })
  else {
    rounds.checkpoints[at]!.left.set(left)
    rounds.checkpoints[at]!.flows.set(flows)
  }
}

/** Goes back to before round `round`, at which there is a checkpoint. */
export const goBack = (rounds: Rounds, round: number, left: Float64Array, flows: Float64Array): void => {
  const { ties } = rounds
  const at = rounds.checkpoints[round / stride]!
  left.set(at.left)
  flows.set(at.flows)
  rounds.count = round
  while (ties.count > 0 && ties.round[ties.count - 1]! >= round) ties.count--
}

/** Keeps the first `count` of `near`, resources that tie in the next round, in the order in which they were compared. */
export const noteTie = ({ count: round, ties }: Rounds, near: Uint32Array, count: number, equal: boolean): void => {
  const from = ties.count === 0 ? 0 : ties.end[ties.count - 1]!
  if (from + count > ties.resource.length) {
    const larger = new Uint32Array(2 * (from + count))
    larger.set(ties.resource)
    ties.resource = larger
  }
  for (let i = 0; i < count; i++) ties.resource[from + i] = near[i]!
  ties.round[ties.count] = round
  ties.equal[ties.count] = equal ? 1 : 0
  ties.end[ties.count++] = from + count
}

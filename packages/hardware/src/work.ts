/** One layer step as a machine sees it: which unit computes how many tokens of which expert, weights from where. */

/**
 * Tasks in columns, in the order each unit runs them. Only the first `count` entries of each column count. The
 * arrays are reused from step to step: a hot structure, filled without allocation.
 */
export interface LayerWork {
  count: number
  readonly expert: Uint16Array
  /** Unit that computes the task. */
  readonly unit: Uint16Array
  /** Unit whose memory gives the weights; the computing unit itself for a local read. */
  readonly source: Uint16Array
  /** 0 for a copy: weights that the unit reads from another to keep them, and computes nothing with in this step. */
  readonly tokens: Uint32Array
  /** 1 where the weights lie in the unit's own last-level cache: nothing is read; `source` is the unit itself then. */
  readonly cached: Uint8Array
  /**
   * When the decision on this step is there, in whole picoseconds; 0 when it was there before. Until then a unit does
   * nothing but read its first task, if that reads its own memory and is marked in `firstReads`.
   */
  decidedPs: number
  readonly firstReads: Uint8Array
  /** Bytes of one expert's weights. */
  readonly weightBytes: number
  readonly flopPerToken: number
  /** Token copies sent from unit `a` to unit `b`, at `a * units + b`; all zero where token traffic is ignored. */
  readonly tokenCopies: Uint32Array
  /** Tokens that live on each unit; only where {@link WorkShape.servers} is given. */
  readonly tokensAt?: Uint32Array
  /** Tokens of unit `a` that some unit of server `s` computes, each once, at `a * servers + s`; as `tokensAt`. */
  readonly serverCopies?: Uint32Array
  readonly dispatchBytesPerToken: number
  readonly combineBytesPerToken: number
  /** Expert weights written to each unit's own memory in this step. */
  readonly localWriteBytes: Float64Array
  /** Experts of the layer that lie on each unit, copies too; 0 where nobody says. */
  readonly resident: Uint16Array
}

export interface WorkShape {
  readonly units: number
  /** Given where the traffic of whole servers is to be counted too. */
  readonly servers?: number
  readonly experts: number
  readonly weightBytes: number
  readonly flopPerToken: number
  readonly dispatchBytesPerToken: number
  readonly combineBytesPerToken: number
}

/** An empty work list with room for every expert on every unit. */
export const makeWork = (shape: WorkShape): LayerWork => {
  const room = shape.units * shape.experts
  return {
    count: 0,
    expert: new Uint16Array(room),
    unit: new Uint16Array(room),
    source: new Uint16Array(room),
    tokens: new Uint32Array(room),
    cached: new Uint8Array(room),
    decidedPs: 0,
    firstReads: new Uint8Array(room),
    weightBytes: shape.weightBytes,
    flopPerToken: shape.flopPerToken,
    tokenCopies: new Uint32Array(shape.units * shape.units),
    ...(shape.servers === undefined
      ? {}
      : {
          tokensAt: new Uint32Array(shape.units),
          serverCopies: new Uint32Array(shape.units * shape.servers)
        }),
    dispatchBytesPerToken: shape.dispatchBytesPerToken,
    combineBytesPerToken: shape.combineBytesPerToken,
    localWriteBytes: new Float64Array(shape.units),
    resident: new Uint16Array(shape.units)
  }
}

/** Empties a work list for the next step. */
export const clearWork = (work: LayerWork): void => {
  work.count = 0
  work.decidedPs = 0
  work.tokenCopies.fill(0)
  work.tokensAt?.fill(0)
  work.serverCopies?.fill(0)
  work.localWriteBytes.fill(0)
  work.resident.fill(0)
}

/**
 * Appends a copy of an expert from `source` to `unit`, after the step's tasks: it is read once the unit has all that it computes,
 * and written to its memory.
 */
export const pushCopy = (work: LayerWork, expert: number, unit: number, source: number): void => {
  pushTask(work, expert, unit, source, 0)
  work.localWriteBytes[unit]! += work.weightBytes
}

/** Appends one task. */
export const pushTask = (work: LayerWork, expert: number, unit: number, source: number, tokens: number): void => {
  const i = work.count++
  work.expert[i] = expert
  work.unit[i] = unit
  work.source[i] = source
  work.tokens[i] = tokens
  work.cached[i] = 0
  work.firstReads[i] = 0
}

/** Experts that are fetched ahead of the step that is to need them: lists of keys by step, begun in turn. */

/** What fetching ahead needs of the cache that it fetches for. */
export interface PrefetchHost {
  /** 1 for a key that must not make room. */
  readonly busy: Uint8Array
  /** When a key is there; below 0 for one that is neither there nor on its way. */
  readonly hereAt: Float64Array
  /** When the link is free, in whole picoseconds. */
  readonly linkFreePs: () => number
  /** Begins the copy of a key that is not there. */
  readonly bringIn: (key: number, fromPs: number) => void
}

export interface Prefetches {
  /** Begins those whose turn on the link comes before `untilPs`: the step that needs them first is served first. */
  readonly begin: (untilPs: number) => void
  /** The step comes: whatever of its list did not begin is dropped, and nothing of it is protected any more. */
  readonly expire: (step: number) => void
  /** Counts the copies that began for the step that has expired last, and those of keys that it needs, which are busy now. */
  readonly tally: (into: { ahead: number; aheadUsed: number }) => void
  /** Lists a key for a later step; from now on it must not make room until then. */
  readonly add: (step: number, key: number, nowPs: number) => void
  /** Protects the list of a step again. */
  readonly protect: (step: number) => void
}

/** Lists for steps up to `distance` after the present one, each of at most `most` keys. Hot: nothing allocates. */
export const makePrefetches = (distance: number, most: number, host: PrefetchHost): Prefetches => {
  const { busy, hereAt, linkFreePs, bringIn } = host
  const rows = distance + 1
  const keys = new Uint32Array(rows * most)
  /** Whether a copy began: the key was not there already. */
  const copied = new Uint8Array(rows * most)
  const listed = new Uint32Array(rows)
  const looked = new Uint32Array(rows)
  const issuedPs = new Float64Array(rows)
  /** The step whose list is being begun, the last one with a list, and the one that expired last. */
  let turn = 0
  let last = -1
  let expired = 0

  return {
    begin: (untilPs) => {
      while (turn <= last) {
        const row = turn % rows
        if (looked[row] === listed[row]) {
          turn++
          continue
        }
        const fromPs = Math.max(linkFreePs(), issuedPs[row]!)
        if (fromPs >= untilPs) return
        const at = row * most + looked[row]!
        looked[row]!++
        copied[at] = hereAt[keys[at]!]! < 0 ? 1 : 0
        if (copied[at] === 1) bringIn(keys[at]!, fromPs)
      }
    },
    expire: (step) => {
      const row = step % rows
      for (let i = 0; i < listed[row]!; i++) busy[keys[row * most + i]!] = 0
      expired = row
      if (turn <= step) turn = step + 1
    },
    tally: (into) => {
      for (let i = 0; i < looked[expired]!; i++) {
        const at = expired * most + i
        if (copied[at] === 0) continue
        into.ahead++
        if (busy[keys[at]!] === 1) into.aheadUsed++
      }
      listed[expired] = 0
      looked[expired] = 0
    },
    add: (step, key, nowPs) => {
      const row = step % rows
      last = step
      issuedPs[row] = nowPs
      busy[key] = 1
      keys[row * most + listed[row]!++] = key
    },
    protect: (step) => {
      const row = step % rows
      for (let i = 0; i < listed[row]!; i++) busy[keys[row * most + i]!] = 1
    }
  }
}

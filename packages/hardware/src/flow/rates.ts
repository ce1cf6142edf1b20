/**
 * Rates of the transfers in flight, from what has changed since they were last worked out: progressive filling begins again
 * at the first round that could turn out another. The same rates, to the last bit, as filling from the start. Hot; no allocation.
 */
import { firstChangedRound, makeChanges, noChanges, noteChange, noteMove } from "./changed-round.ts"
import { makeFairShare, shareFairly } from "./fair-share.ts"
import { admit, clearGroups, removeGroup, setWeight } from "./groups.ts"
import type { ShareProblem } from "./share-problem.ts"
import { bring, plan, type Rates, type TransfersState } from "./transfers-state.ts"

export const restartedRates = (problem: ShareProblem): Rates => {
  const share = makeFairShare(problem)
  const { groups } = share
  const changes = makeChanges(problem.capacity.length)

  /** Tells the groups what has changed; says how many are empty. */
  const takeChanges = (state: TransfersState): number => {
    const { active, place, touched, isTouched, weight, settled } = state
    for (let a = groups.count; a < state.activeCount; a++) admit(groups, active[a]!)
    let empty = 0
    for (let i = 0; i < state.touchedCount; i++) {
      const slot = touched[i]!
      isTouched[slot] = 0
      if (weight[slot] === 0) empty++
      if (weight[slot] === settled[slot]) continue
      noteChange(changes, share, place[slot]!, weight[slot]! - settled[slot]!)
      setWeight(groups, place[slot]!, weight[slot]!)
    }
    state.touchedCount = 0
    return empty
  }

  /** Frees the slots of empty groups, the last places first; the last group takes each place. */
  const dropEmpty = (state: TransfersState, empty: number): void => {
    const { active, place } = state
    for (let a = state.activeCount - 1, rest = empty; rest > 0; a--) {
      if (groups.weight[a]! > 0) continue
      const slot = active[a]!
      const last = active[--state.activeCount]!
      if (last !== slot) noteMove(changes, share)
      removeGroup(groups, a)
      active[a] = last
      place[last] = a
      place[slot] = -1
      state.settled[slot] = 0
      state.current[slot] = 0
      rest--
    }
  }

  return {
    settle: (state) => {
      noChanges(changes, share.rounds)
      dropEmpty(state, takeChanges(state))
      const from = firstChangedRound(share, changes)
      shareFairly(share, from)
      state.rateUpdates++
      const { active, settled, weight, current } = state
      const { rate, round, count } = groups
      for (let a = 0; a < count; a++) {
        if (round[a]! < from) continue
        const slot = active[a]!
        settled[slot] = weight[slot]!
        if (rate[a] === current[slot]) continue
        bring(state, slot)
        current[slot] = rate[a]!
        plan(state, slot)
      }
      state.changed = 0
    },
    reset: () => {
      clearGroups(groups)
      share.rounds.count = 0
      share.rounds.ties.count = 0
      share.rounds.checkpoints[0]!.flows.fill(0)
    }
  }
}

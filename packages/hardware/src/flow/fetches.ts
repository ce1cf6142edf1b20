/** Which tasks each unit fetches next, and in which slot a fetch shares its path with others of the unit. */
import type { LayerWork } from "../work.ts"
import { isIdle } from "./transfers.ts"
import type { TransfersState } from "./transfers-state.ts"

/** Where a task's weights come from: the unit's own memory, another's, or its last-level cache; or whether it is a copy. */
export type Origin = "local" | "remote" | "cached" | "copy"

const originOf = ({ source, unit, cached, tokens }: LayerWork, task: number): Origin => {
  if (tokens[task] === 0) return "copy"
  return cached[task] === 1 ? "cached" : source[task] === unit[task] ? "local" : "remote"
}

/** Tasks of one origin of each unit in task order: unit `u` owns `task[start[u]]` to `task[start[u + 1] - 1]`. */
export interface TaskLists {
  readonly start: Uint32Array
  readonly task: Uint32Array
  /** By unit: the first entry of `task` that has not been fetched yet. */
  readonly next: Uint32Array
  readonly fill: (work: LayerWork) => void
}

/** Room for `most` tasks of one origin on `units` units. */
export const makeTaskLists = (units: number, most: number, origin: Origin): TaskLists => {
  const start = new Uint32Array(units + 1)
  const next = new Uint32Array(units)
  const task = new Uint32Array(most)
  return {
    start,
    task,
    next,
    fill: (work) => {
      const { count, unit } = work
      start.fill(0)
      for (let i = 0; i < count; i++) if (originOf(work, i) === origin) start[unit[i]! + 1]!++
      for (let u = 0; u < units; u++) {
        start[u + 1]! += start[u]!
        next[u] = start[u]!
      }
      for (let i = 0; i < count; i++) if (originOf(work, i) === origin) task[next[unit[i]!]!++] = i
      for (let u = 0; u < units; u++) next[u] = start[u]!
    }
  }
}

/** The slot in which unit `unit` fetches from `source`: one that does so already, or an idle one. */
export type SlotOf = (unit: number, source: number) => number

/** Slots of a unit: one for each source it may read from at a time, twice. */
export const slotsPerUnit = (units: number, outstanding: number): number => 2 * Math.min(outstanding + 1, units)

/** Each unit has slots for its own memory and for all remote fetches; as many may be emptying as filling at one moment. */
export const makeSlots = (units: number, outstanding: number, transfers: TransfersState): SlotOf => {
  const own = slotsPerUnit(units, outstanding)
  const sourceOf = new Uint16Array(units * own)
  return (unit, source) => {
    let free = -1
    for (let slot = unit * own; slot < (unit + 1) * own; slot++) {
      if (isIdle(transfers, slot)) {
        if (free < 0) free = slot
      } else if (sourceOf[slot] === source) return slot
    }
    sourceOf[free] = source
    return free
  }
}

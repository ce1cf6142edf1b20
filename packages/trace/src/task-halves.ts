/** Tasks in two halves: what some tasks show is judged on others. */
import { substream } from "@moira/core"
import { groupsOf, heldOutMembers } from "@moira/core/statistics"
import type { RequestRow } from "./requests.ts"

export interface TaskHalves {
  /** Tasks in all, at least two: a task is a benchmark, subject and language. */
  readonly tasks: number
  /** Half of each request, 0 or 1; all requests of a task are in one. */
  readonly halfOf: Uint8Array
}

/** Why nothing can be judged across the tasks of a trace with one task. */
export const whyOneTask = ([row]: ReadonlyArray<RequestRow>): string => {
  const { benchmark, subject, language } = row ?? { benchmark: "none", subject: "none", language: "und" }
  return `the trace has one task (${benchmark}/${subject}, ${language}): nothing says what holds for others`
}

/** Half of the tasks and the other half, drawn by the seed; undefined where the trace has one task. */
export const taskHalves = (rows: ReadonlyArray<RequestRow>, seed: number): TaskHalves | undefined => {
  const tasks = groupsOf(rows.map(({ benchmark, subject, language }) => JSON.stringify([benchmark, subject, language])))
  if (tasks.count < 2) return undefined
  const halfOf = heldOutMembers(tasks, { seed: substream(seed, "task halves"), heldOutShare: 0.5 })
  return { tasks: tasks.count, halfOf }
}

/** Few requests make any two tasks look apart; how far, the halves of one task say. */
import type { TaskDistance } from "@moira/trace"

/** Distances of tasks to themselves, from two random halves of their requests: what noise alone gives. */
export const noiseFloor = (distances: ReadonlyArray<TaskDistance>): ReadonlyArray<TaskDistance> =>
  distances.filter(({ a, b }) => a === b)

/** Mean distance of different tasks against the mean noise floor, as a sentence; nothing without both. */
export const againstNoise = (distances: ReadonlyArray<TaskDistance>): string => {
  const floor = noiseFloor(distances)
  if (floor.length === 0 || floor.length === distances.length) return ""
  const mean = (ds: ReadonlyArray<TaskDistance>) => ds.reduce((sum, d) => sum + d.distance, 0) / ds.length
  const apart = distances.filter(({ a, b }) => a !== b)
  return (
    ` Two random halves of a task's own requests are ${mean(floor).toFixed(2)} apart in the mean, which is noise alone; ` +
    `different tasks are ${mean(apart).toFixed(2)} apart.`
  )
}

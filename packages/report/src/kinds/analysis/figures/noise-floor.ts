/** Few requests make any two tasks look apart; how far, the halves of one task say. */
import type { TaskDistance } from "@moira/results"

/** Distances of tasks to themselves, from two random halves of their requests: what noise alone gives. */
export const noiseFloor = (distances: ReadonlyArray<TaskDistance>): ReadonlyArray<TaskDistance> =>
  distances.filter(({ a, b }) => a === b)

/** How many pairs are farther apart than random groups of their sizes, as a sentence; nothing where that is not known. */
const beyondChance = (distances: ReadonlyArray<TaskDistance>): string => {
  const known = distances.flatMap(({ distance, noise }) => (noise === null ? [] : [distance > noise.high]))
  return known.length === 0
    ? ""
    : ` ${known.filter(Boolean).length} of ${known.length} pairs are farther apart than 95 % of random groups of their sizes (chance).`
}

/** Mean distance of different tasks against the mean noise floor, as a sentence; nothing without both. */
export const againstNoise = (distances: ReadonlyArray<TaskDistance>): string => {
  const floor = noiseFloor(distances)
  if (floor.length === 0 || floor.length === distances.length) return beyondChance(distances)
  const mean = (ds: ReadonlyArray<TaskDistance>) => ds.reduce((sum, d) => sum + d.distance, 0) / ds.length
  const apart = distances.filter(({ a, b }) => a !== b)
  return (
    ` Two random halves of a task's own requests are ${mean(floor).toFixed(2)} apart in the mean, which is noise alone; ` +
    `different tasks are ${mean(apart).toFixed(2)} apart.` +
    beyondChance(distances)
  )
}

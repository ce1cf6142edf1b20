/** Frequencies of each task, backed off to its family and to all requests. */
import { countSelections, popularityOf, shares } from "./counting.ts"
import type { LayerRows, LayerSetup } from "../predictor.ts"
import type { Tasks } from "../tasks.ts"

/** Tokens' worth of the wider group that back a narrower one. */
const backOffTokens = 100

export const taskCountSize = (tasks: Tasks, experts: number): number => (1 + tasks.names.length) * experts

/** Counts all selections first, then those of each task. */
export const countByTask = (rows: LayerRows, tasks: Tasks, table: Uint32Array): void => {
  const { experts } = rows.current
  countSelections(rows, table)
  countSelections(rows, table, (request) => (1 + tasks.of[request]!) * experts)
}

/** Where the frequencies of a task begin: those of all requests where it is unknown. */
export const taskPlace =
  ({ experts, tasks }: LayerSetup) =>
  (task: number): number =>
    task >= 0 && task < tasks.names.length ? (1 + task) * experts : 0

/** Frequencies of all requests, then of each task. */
export const taskFrequencies = (counts: Uint32Array, { experts, topK, tasks }: LayerSetup): Float64Array => {
  const mass = backOffTokens * topK
  const all = popularityOf(counts, experts)
  const familyCounts = new Float64Array(tasks.families.length * experts)
  tasks.familyOf.forEach((family, task) => {
    for (let e = 0; e < experts; e++) familyCounts[family * experts + e]! += counts[(1 + task) * experts + e]!
  })
  const families = new Float64Array(familyCounts.length)
  for (let f = 0; f < tasks.families.length; f++) {
    shares(familyCounts, f * experts, families, f * experts, experts, all, mass)
  }
  const out = new Float64Array((1 + tasks.names.length) * experts)
  out.set(all)
  tasks.familyOf.forEach((family, task) => {
    const prior = families.subarray(family * experts, (family + 1) * experts)
    shares(counts, (1 + task) * experts, out, (1 + task) * experts, experts, prior, mass)
  })
  return out
}

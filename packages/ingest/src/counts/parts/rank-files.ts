/** Files that the ranks of one run wrote: which belong together, and how their counts become one workload. */
import { maxCells } from "@moira/trace"
import { createHash } from "node:crypto"
import * as path from "node:path"
import { ContentFault } from "../../fault/content-fault.ts"
import type { CountsArray } from "./json-scan.ts"
import { workloadNames } from "./workloads.ts"

export interface RankFile {
  readonly file: string
  readonly rank: number
}

/** Files of one workload, by rank. */
export interface RankGroup {
  readonly workload: string
  readonly files: ReadonlyArray<RankFile>
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Groups files by folder. Different ranks in one folder are one run, named like the folder; files of one rank are
 * recordings of several times, each a workload of its own. Throws with the file where a folder holds both.
 */
export const groupRanks = (
  files: ReadonlyArray<RankFile>,
  fault: (file: string, what: string) => never
): ReadonlyArray<RankGroup> => {
  const folders = Map.groupBy(files, ({ file }) => path.dirname(path.resolve(file)))
  const runs: Array<ReadonlyArray<RankFile>> = []
  const alone: Array<ReadonlyArray<RankFile>> = []
  for (const members of folders.values()) {
    const sorted = members.toSorted((a, b) => a.rank - b.rank || byText(a.file, b.file))
    const ranks = new Set(sorted.map(({ rank }) => rank)).size
    if (ranks === 1) alone.push(...sorted.map((one) => [one]))
    else if (ranks === sorted.length) runs.push(sorted)
    else {
      const twice = sorted.find((one, i) => i > 0 && one.rank === sorted[i - 1]!.rank)!
      fault(twice.file, `is the second of rank ${twice.rank} in its folder, which holds other ranks too`)
    }
  }
  // A run is named by its folder, as if that were the file.
  const groups = [...runs, ...alone]
  const names = workloadNames(groups.map((group) => (group.length > 1 ? path.dirname(group[0]!.file) : group[0]!.file)))
  return groups
    .map((group, i) => ({ workload: names[i]!, files: group }))
    .toSorted((a, b) => byText(a.workload, b.workload))
}

/** Adds the counts of several ranks; memory of two arrays. */
export class RankSum {
  #sum: CountsArray | undefined
  #digests = new Set<string>()
  #ranks = 0

  /** Takes the counts of a rank; those of the first are kept and added to, so they must not be used again. */
  add(array: CountsArray, rank: number): void {
    const { shape, values } = array
    this.#digests.add(createHash("sha256").update(values).digest("hex"))
    this.#ranks++
    if (this.#sum === undefined) {
      this.#sum = array
      return
    }
    if (shape.join() !== this.#sum.shape.join())
      throw new ContentFault(
        "Ragged",
        "record 0",
        `rank ${rank} has counts [${shape.join(", ")}], where others have [${this.#sum.shape.join(", ")}]`
      )
    const sum = this.#sum.values
    for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!
  }

  /** The sum, or the counts of one rank where all are equal: then each rank already holds the total. */
  finish(): { readonly array: CountsArray; readonly notes: ReadonlyArray<string> } {
    const { shape, values } = this.#sum!
    if (this.#ranks === 1) return { array: { shape, values }, notes: [] }
    const same = this.#digests.size === 1 && values.some((count) => count > 0)
    if (!same) return { array: { shape, values }, notes: [`summed over ${this.#ranks} ranks`] }
    const note = `${this.#ranks} ranks hold equal counts, so each is taken for the total: one was kept`
    return { array: { shape, values: values.map((count) => count / this.#ranks) }, notes: [note] }
  }
}

/** Leaves out the steps without any count, which a ring buffer that was not filled has. Throws where nothing is left. */
export const withoutEmptySteps = ({
  shape,
  values
}: CountsArray): { readonly array: CountsArray; readonly empty: number } => {
  const [steps, rows, experts] = shape as [number, number, number]
  const size = rows * experts
  const held = Array.from({ length: steps }, (_, step) => step).filter((step) =>
    values.subarray(step * size, (step + 1) * size).some((count) => count > 0)
  )
  if (held.length === 0)
    throw new ContentFault("WrongShape", "record 0", "every count is 0", "record again while requests are served")
  if (held.length === steps) return { array: { shape, values }, empty: 0 }
  const kept = new Float64Array(held.length * size)
  held.forEach((step, i) => kept.set(values.subarray(step * size, (step + 1) * size), i * size))
  return { array: { shape: [held.length, rows, experts], values: kept }, empty: steps - held.length }
}

/** How many consecutive steps must be summed into one so that they fit a workload. */
export const stepsOfWindow = (steps: number, rows: number, experts: number): number => {
  const fitting = Math.floor(maxCells / (rows * experts))
  if (fitting === 0)
    throw new ContentFault("WrongShape", "record 0", `${rows} layers x ${experts} experts are too many`)
  return Math.max(1, Math.ceil(steps / fitting))
}

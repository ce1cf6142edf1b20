/** How often each expert was chosen: what an engine's recorder keeps when it does not keep tokens. */
import { greatestOf, leastOf } from "@moira/core/statistics"
import type { Model } from "@moira/core"
import type { Phase } from "../selections.ts"

/** Counts of one workload: one file, or the files that the ranks of one run wrote, summed. */
export interface ExpertCounts {
  /** Names the workload among those of a store: `decode_in1000out1000`. */
  readonly workload: string
  /** `both` where the source does not say. */
  readonly phase: Phase
  readonly model?: Model
  /** Real layer numbers, ascending; dense layers may be among them, with counts of zero. */
  readonly layers: ReadonlyArray<number>
  readonly experts: number
  /** Recorded steps, forward passes or iterations; 1 for sums. */
  readonly steps: number
  /** `[step][layer][expert]`, whole numbers from 0 to 2^53 - 1. */
  readonly counts: Float64Array
  /**
   * Counts that make 1 of the source, where it gave loads that are not whole numbers: each load times this, rounded, is
   * a count. A power of two; left out where the source counted.
   */
  readonly scale?: number
  /** Where they came from, as the user wrote it. */
  readonly source: string
  /** SHA-256 of the source's bytes; over the hashes of its files where there are several. */
  readonly sha256: string
  /** What the reader decided that a user should know, for example how ranks were put together. */
  readonly notes: ReadonlyArray<string>
}

/** Counts that one workload may hold, 256 MB of them; SGLang's recorder keeps 1,000 steps x 61 layers x 256 experts. */
export const maxCells = 2 ** 25

/** How the sizes contradict each other. */
const shapeFault = ({ layers, experts, steps, counts }: ExpertCounts): string | undefined => {
  if (layers.length === 0 || steps < 1 || experts < 1 || !Number.isInteger(steps) || !Number.isInteger(experts))
    return `${steps} steps x ${layers.length} layers x ${experts} experts hold nothing`
  if (layers.some((layer, i) => !Number.isInteger(layer) || layer < 0 || (i > 0 && layer <= layers[i - 1]!)))
    return "layer numbers are not whole and ascending"
  const cells = steps * layers.length * experts
  if (cells > maxCells) return `${cells} counts are more than the ${maxCells} that one workload may hold`
  if (counts.length !== cells)
    return `${counts.length} counts where ${steps} steps x ${layers.length} layers x ${experts} experts make ${cells}`
  return undefined
}

/** Where a flat index lies, for messages: `step 2, layer 3, expert 9`. */
export const cellPlace = (layers: ReadonlyArray<number>, experts: number, index: number): string => {
  const row = Math.floor(index / experts)
  const step = Math.floor(row / layers.length)
  return `step ${step}, layer ${layers[row % layers.length]}, expert ${index % experts}`
}

/** What is wrong with counts, with its place; undefined when they are whole, not negative, exact and of the stated size. */
export const countsFault = (of: ExpertCounts): string | undefined => {
  const shape = shapeFault(of)
  if (shape !== undefined) return shape
  const { counts, layers, experts, scale } = of
  if (scale !== undefined && !(Number.isSafeInteger(scale) && scale >= 1 && Number.isInteger(Math.log2(scale))))
    return `a scale of ${scale} is no power of two`
  // A plain loop over up to millions of counts.
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!
    if (!(Number.isSafeInteger(count) && count >= 0))
      return `${cellPlace(layers, experts, i)}: ${count} is no count, which is a whole number from 0 to 2^53 - 1`
  }
  // One expert's sum over steps must stay exact too; the sum over experts of a layer bounds it.
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total > Number.MAX_SAFE_INTEGER)
    return "the counts together are more than 2^53 - 1, so that sums would not be exact"
  return undefined
}

/** Counts summed over steps, `[layer][expert]`: what placement asks for. Exact for counts that pass {@link countsFault}. */
export const sumSteps = ({ counts, steps, layers, experts }: ExpertCounts): Float64Array => {
  const size = layers.length * experts
  const sums = counts.slice(0, size)
  for (let step = 1; step < steps; step++) {
    const at = step * size
    for (let i = 0; i < size; i++) sums[i]! += counts[at + i]!
  }
  return sums
}

/** Least, mean and greatest of some values over layers. */
export interface Spread {
  readonly least: number
  readonly mean: number
  readonly greatest: number
}

/** What is worth telling of a workload before its counts are used. */
export interface CountsSummary {
  /** All counts together. */
  readonly selections: number
  /** Least and greatest sum of a layer, of the layers that are not empty; equal unless tokens were dropped or lost. */
  readonly layerSelections: { readonly least: number; readonly greatest: number }
  /** Layers without any count: dense ones, or ones that were not recorded. */
  readonly emptyLayers: ReadonlyArray<number>
  /** Hottest expert over the mean of its layer, over the layers that are not empty; zeros when all are. */
  readonly skew: Spread
}

export const summarizeCounts = (of: ExpertCounts): CountsSummary => {
  const { layers, experts } = of
  const sums = sumSteps(of)
  const rows = layers.map((layer, l) => {
    const row = sums.subarray(l * experts, (l + 1) * experts)
    return { layer, total: row.reduce((a, b) => a + b, 0), hottest: row.reduce((a, b) => Math.max(a, b), 0) }
  })
  const held = rows.filter((row) => row.total > 0)
  const skews = held.map((row) => (row.hottest * experts) / row.total)
  const totals = held.map((row) => row.total)
  const some = held.length > 0
  return {
    selections: totals.reduce((a, b) => a + b, 0),
    layerSelections: { least: some ? leastOf(totals) : 0, greatest: some ? greatestOf(totals) : 0 },
    emptyLayers: rows.filter((row) => row.total === 0).map((row) => row.layer),
    skew: {
      least: some ? leastOf(skews) : 0,
      mean: some ? skews.reduce((a, b) => a + b, 0) / skews.length : 0,
      greatest: some ? greatestOf(skews) : 0
    }
  }
}

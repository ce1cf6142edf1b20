/**
 * Pair counts of several layers together, for blocks that are common to layers. Every other layer chooses, with its
 * training requests; the rest judge, with their held-out ones. Counts are whole numbers, so pools add up to the same
 * bytes in any order; what popularity expects is summed at the end, in layer order, from the strengths.
 */
import type { BlockPartition } from "@moira/results"
import type { Model } from "@moira/core"
import { partition } from "./block-partition.ts"
import { addExpected, findBlocks, type PairTable } from "./blocks.ts"

/** Layers of one role: summed counts, and the strengths of experts by layer index. */
interface Side {
  readonly seen: Float64Array
  readonly strengths: ReadonlyArray<readonly [layerIndex: number, x: Float64Array]>
}

export interface Pool {
  readonly choosing: Side | undefined
  readonly judging: Side | undefined
}

/** The part of one layer. */
export const layerPool = (
  layerIndex: number,
  train: Uint32Array,
  trainStrengths: Float64Array,
  judging: Uint32Array,
  judgingStrengths: Float64Array
): Pool => {
  const side = (counts: Uint32Array, x: Float64Array): Side => ({
    seen: Float64Array.from(counts),
    strengths: [[layerIndex, x]]
  })
  return layerIndex % 2 === 0
    ? { choosing: side(train, trainStrengths), judging: undefined }
    : { choosing: undefined, judging: side(judging, judgingStrengths) }
}

const summed = (a: Float64Array, b: Float64Array): Float64Array => {
  const sum = new Float64Array(a.length)
  for (let cell = 0; cell < sum.length; cell++) sum[cell] = a[cell]! + b[cell]!
  return sum
}

const both = (a: Side | undefined, b: Side | undefined): Side | undefined =>
  a === undefined || b === undefined
    ? (a ?? b)
    : {
        seen: summed(a.seen, b.seen),
        strengths: [...a.strengths, ...b.strengths]
      }

export const joinPools = (a: Pool, b: Pool): Pool => ({
  choosing: both(a.choosing, b.choosing),
  judging: both(a.judging, b.judging)
})

const tableOf = ({ seen, strengths }: Side, experts: number): PairTable => {
  const expected = new Float64Array(seen.length)
  for (const [, x] of strengths.toSorted(([a], [b]) => a - b)) addExpected(x, expected)
  return { experts, seen, expected }
}

/** Blocks of all layers together; null where no layer chooses or none judges. */
export const commonBlocks = (
  { choosing, judging }: Pool,
  experts: number,
  seed: number,
  routing: Model["routing"]
): BlockPartition | null => {
  if (choosing === undefined || judging === undefined) return null
  const chosenBy = tableOf(choosing, experts)
  const of = findBlocks(chosenBy)
  return partition(of, chosenBy, tableOf(judging, experts), { seed, share: undefined, routing })
}

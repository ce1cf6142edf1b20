/** A partition of the experts into blocks, judged. */
import type { BlockPartition } from "@moira/results"
import type { Model } from "@moira/core"
import { adjustedRand } from "@moira/core/statistics"
import { chanceOf, contrast, insideBlocks, minAffinity, type PairTable } from "./blocks.ts"

interface Judgement {
  readonly seed: number
  /** Interval of the share of held-out pairs inside blocks, over requests; undefined where it is not known. */
  readonly share: readonly [number, number] | undefined
  readonly routing: Model["routing"]
}

/** A share of pairs inside blocks as a contrast: its odds over the expected odds; null where one is certain. */
const contrastOfShare = (share: number, { expected, allExpected }: ReturnType<typeof insideBlocks>): number | null =>
  share < 1 && expected > 0 ? ((share / (1 - share)) * (allExpected - expected)) / expected : null

/** Blocks of two experts or more, largest first, then by lowest expert; -1 for experts alone. */
const labelled = (of: ReadonlyArray<number>) => {
  const blocks = [...Map.groupBy(of.keys(), (expert) => of[expert]!).values()]
    .filter((members) => members.length > 1)
    .toSorted((a, b) => b.length - a.length || a[0]! - b[0]!)
  const labels = of.map(() => -1)
  for (const [block, members] of blocks.entries()) for (const expert of members) labels[expert] = block
  return { labels, sizes: blocks.map((members) => members.length) }
}

/** Says whether the blocks that were chosen by one table hold up in another. */
export const partition = (
  of: ReadonlyArray<number>,
  chosenBy: PairTable,
  judgedBy: PairTable,
  { seed, share, routing }: Judgement
): BlockPartition => {
  const inside = insideBlocks(judgedBy, of)
  const heldOut = contrast(inside)
  const p = chanceOf(judgedBy, of, seed)
  const low = share === undefined ? null : contrastOfShare(share[0], inside)
  const high = share === undefined ? null : contrastOfShare(share[1], inside)
  const found = heldOut !== null && heldOut >= minAffinity && p !== null && p <= 0.05
  const { labels, sizes } = labelled(of)
  const size = routing === undefined ? 0 : of.length / routing.groups
  return {
    found,
    blocks: found ? sizes.length : 0,
    sizes: found ? sizes : [],
    alone: found ? labels.filter((label) => label < 0).length : of.length,
    of: found ? labels : [],
    contrast: {
      inSample: contrast(insideBlocks(chosenBy, of)),
      heldOut,
      interval: heldOut === null || low === null || high === null ? null : [low, high]
    },
    p,
    adjustedRand:
      found && routing !== undefined && routing.groups > 1
        ? adjustedRand(
            of,
            of.map((_, expert) => Math.floor(expert / size))
          )
        : null
  }
}

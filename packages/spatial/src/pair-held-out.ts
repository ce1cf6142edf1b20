/** Ob5 at one layer, chosen on training requests and judged on held-out ones: frequent pairs, and blocks. */
import { bootstrapRatio, sum, topCount } from "@moira/core/statistics"
import { type Coverage, type BlockPartition } from "@moira/results"
import { type LayerSelections } from "@moira/trace"
import { given, type Model, substream } from "@moira/core"
import { partition } from "./block-partition.ts"
import { addExpected, findBlocks, type PairTable, strengths } from "./blocks.ts"
import type { PairMatrices } from "./coactivation.ts"
import type { LayerCounts, Sides } from "./layer-counts.ts"
import type { HeldOutHits } from "./mean-coverage.ts"
import type { Settings } from "./options.ts"
import type { PairSummary } from "./pair-layer.ts"
import { markTop, marks, type PairHits, pairHits, pairProducts, pairValues } from "./pair-hits.ts"
import { type HalfPairs, pairsAcrossTasks } from "./pairs-across-tasks.ts"
import { layerPool, type Pool } from "./pool.ts"

export interface HeldOutPairs {
  readonly top10: Coverage
  readonly heldOutHits: HeldOutHits
  readonly blocks: BlockPartition
  /** This layer's part in the blocks common to layers; merged into one as layers come. */
  readonly pool: Pool | undefined
}

/** `a - b`, cell by cell. */
const difference = (a: Uint32Array, b: Uint32Array): Uint32Array => {
  const rest = new Uint32Array(a.length)
  for (let cell = 0; cell < rest.length; cell++) rest[cell] = a[cell]! - b[cell]!
  return rest
}

const tableOf = (seen: Uint32Array, x: Float64Array): PairTable => ({
  experts: x.length,
  seen,
  expected: addExpected(x, new Float64Array(seen.length))
})

const coverage = (inSample: number, trained: boolean, hits: PairHits, bootstrap: Settings["bootstrap"]): Coverage => {
  const heldOutTotal = sum(hits.totals)
  if (!trained || heldOutTotal === 0) return { inSample, heldOut: null, interval: null, popularity: null }
  return {
    inSample,
    heldOut: sum(hits.frequent) / heldOutTotal,
    interval: bootstrapRatio(hits.frequent, hits.totals, bootstrap) ?? null,
    popularity: sum(hits.popular) / heldOutTotal
  }
}

/** Pairs and selections of each half of the tasks. */
const halves = (first: Uint32Array, all: Uint32Array, [one, other]: Sides): readonly [HalfPairs, HalfPairs] => [
  { matrix: first, counts: one },
  { matrix: difference(all, first), counts: other }
]

/** Chooses on the training requests of a layer and judges on the held-out ones. */
export const heldOutPairs = (
  { layerIndex, degenerate, result }: PairSummary,
  chunks: ReadonlyArray<LayerSelections>,
  { all, train, firstHalf }: PairMatrices,
  { ofSplit, ofTasks }: LayerCounts,
  { heldOut, bootstrap, tasks }: Settings,
  routing: Model["routing"]
): HeldOutPairs => {
  const { experts } = chunks[0]!
  const judging = difference(all, train)
  const [chosenBy, judgedBy] = [strengths(train, experts), strengths(judging, experts)]
  const [choosing, deciding] = [tableOf(train, chosenBy), tableOf(judging, judgedBy)]
  const of = findBlocks(choosing)

  const marked = new Uint8Array(experts * experts)
  const n = topCount((experts * (experts - 1)) / 2, 0.1)
  markTop(pairValues(train, experts), experts, n, marks.frequent, marked)
  markTop(pairProducts(ofSplit[0]), experts, n, marks.popular, marked)
  for (let i = 0, o = 0; i < experts; i++) {
    for (let j = 0; j < experts; j++, o++) if (of[i] === of[j]) marked[o]! |= marks.block
  }

  const hits = pairHits(chunks, heldOut, marked)
  const share = bootstrapRatio(hits.block, hits.totals, bootstrap)
  const across = tasks && firstHalf && ofTasks && pairsAcrossTasks(halves(firstHalf, all, ofTasks), n, tasks.tasks)
  return {
    top10: {
      ...coverage(
        result.top10Share,
        train.some((count) => count > 0),
        hits,
        bootstrap
      ),
      ...given({ acrossTasks: across })
    },
    heldOutHits: { hits: hits.frequent, totals: hits.totals },
    blocks: partition(of, choosing, deciding, {
      seed: substream(bootstrap.seed, "blocks", result.layer),
      share,
      routing
    }),
    pool: degenerate ? undefined : layerPool(layerIndex, train, chosenBy, judging, judgedBy)
  }
}

/** Ob5 at one layer, chosen on training requests and judged on held-out ones: frequent pairs, and blocks. */
import { bootstrapRatio, sum, topCount } from "@moira/core/statistics"
import { type Coverage, type BlockPartition } from "@moira/results"
import { countExperts, type LayerSelections } from "@moira/trace"
import { given, type Model, substream } from "@moira/core"
import { partition } from "./block-partition.ts"
import { addExpected, findBlocks, type PairTable, strengths } from "./blocks.ts"
import type { HeldOutHits } from "./mean-coverage.ts"
import type { Settings } from "./options.ts"
import { coactivation, type PairSummary } from "./pair-layer.ts"
import { markTop, marks, type PairHits, pairHits } from "./pair-hits.ts"
import { type HalfPairs, pairsAcrossTasks } from "./pairs-across-tasks.ts"
import { layerPool, type Pool } from "./pool.ts"

export interface HeldOutPairs {
  readonly top10: Coverage
  readonly heldOutHits: HeldOutHits
  readonly blocks: BlockPartition
  /** This layer's part in the blocks common to layers; merged into one as layers come. */
  readonly pool: Pool | undefined
}

/** The selections of requests that are not held out, chunk by chunk. */
const trainingOnly = (chunks: ReadonlyArray<LayerSelections>, heldOut: Uint8Array): ReadonlyArray<LayerSelections> =>
  chunks.map((chunk) => {
    const { ids, offsets, requests, firstRequest, topK } = chunk
    const out = new Uint16Array(ids.length)
    let size = 0
    for (let r = 0; r < requests; r++) {
      if (heldOut[firstRequest + r] === 1) continue
      const part = ids.subarray(offsets[r]! * topK, offsets[r + 1]! * topK)
      out.set(part, size)
      size += part.length
    }
    return { ...chunk, ids: out.subarray(0, size) }
  })

const selections = (chunks: ReadonlyArray<LayerSelections>): Uint32Array => {
  const counts = new Uint32Array(chunks[0]!.experts)
  for (const { ids, experts } of chunks) countExperts(ids, 0, ids.length, experts, counts)
  return counts
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
const halves = (
  chunks: ReadonlyArray<LayerSelections>,
  halfOf: Uint8Array,
  matrix: Uint32Array
): readonly [HalfPairs, HalfPairs] => {
  const chosen = trainingOnly(chunks, halfOf)
  const first = { matrix: coactivation(chosen), counts: selections(chosen) }
  const counts = selections(chunks)
  return [
    first,
    {
      matrix: matrix.map((count, cell) => count - first.matrix[cell]!),
      counts: counts.map((count, expert) => count - first.counts[expert]!)
    }
  ]
}

/** Chooses on the training requests of a layer and judges on the held-out ones. */
export const heldOutPairs = (
  { layerIndex, degenerate, matrix, result }: PairSummary & { readonly matrix: Uint32Array },
  chunks: ReadonlyArray<LayerSelections>,
  { heldOut, bootstrap, tasks }: Settings,
  routing: Model["routing"]
): HeldOutPairs => {
  const { experts } = chunks[0]!
  const training = trainingOnly(chunks, heldOut)
  const train = coactivation(training)
  const judging = matrix.map((count, cell) => count - train[cell]!)
  const [chosenBy, judgedBy] = [strengths(train, experts), strengths(judging, experts)]
  const [choosing, deciding] = [tableOf(train, chosenBy), tableOf(judging, judgedBy)]
  const of = findBlocks(choosing)

  const marked = new Uint8Array(experts * experts)
  const n = topCount((experts * (experts - 1)) / 2, 0.1)
  const popular = selections(training)
  markTop((i, j) => train[i * experts + j]!, experts, n, marks.frequent, marked)
  markTop((i, j) => popular[i]! * popular[j]!, experts, n, marks.popular, marked)
  for (let i = 0, o = 0; i < experts; i++) {
    for (let j = 0; j < experts; j++, o++) if (of[i] === of[j]) marked[o]! |= marks.block
  }

  const hits = pairHits(chunks, heldOut, marked)
  const share = bootstrapRatio(hits.block, hits.totals, bootstrap)
  const across = tasks && pairsAcrossTasks(halves(chunks, tasks.halfOf, matrix), n, tasks.tasks)
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

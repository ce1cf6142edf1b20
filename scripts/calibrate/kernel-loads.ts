/** What the rank that a table timed had to do: its experts' tokens over several draws, as a histogram that is fast to sum. */
import type { KernelRow } from "../../packages/hardware/src/calibration/kernel-rows.ts"
import { countsOf, type Distribution, isRandom } from "../../packages/multi-gpu/src/prediction/counts.ts"
import { packedTokens } from "../../packages/multi-gpu/src/prediction/packed.ts"
import { sum } from "../../packages/core/src/statistics.ts"

/** The rank with the most choices; means over draws. */
export interface TimedLoad {
  /** Tokens of an expert, and how many experts have as many. */
  readonly tokens: Float64Array
  readonly experts: Float64Array
  readonly touched: number
  readonly resident: number
  readonly choices: number
  /** Of all experts of the layer. */
  readonly meanTokens: number
}

const draws = 16

export const distributionOf = ({ distribution }: KernelRow): Distribution => {
  const alpha = /^power_law_(.+)$/.exec(distribution)?.[1]
  return alpha === undefined ? { kind: "balanced" } : { kind: "power-law", alpha: Number(alpha) }
}

/** Tokens beyond 16 fall into bins of a sixth of an e-fold: the law bends slowly there. */
const binOf = (tokens: number): number => (tokens <= 16 ? tokens : 17 + Math.floor(Math.log(tokens / 16) * 6))

const histogram = (drawn: ReadonlyArray<Float64Array>): Pick<TimedLoad, "tokens" | "experts" | "touched"> => {
  const bins = new Map<number, { sum: number; count: number }>()
  for (const own of drawn)
    for (const tokens of own) {
      if (tokens === 0) continue
      const bin = bins.get(binOf(tokens)) ?? { sum: 0, count: 0 }
      bins.set(binOf(tokens), { sum: bin.sum + tokens, count: bin.count + 1 })
    }
  const all = [...bins.values()]
  return {
    tokens: Float64Array.from(all, (bin) => bin.sum / bin.count),
    experts: Float64Array.from(all, (bin) => bin.count / drawn.length),
    touched: all.reduce((n, bin) => n + bin.count, 0) / drawn.length
  }
}

const known = new Map<string, TimedLoad>()

/** The same for rows of one routing, tokens, experts and ranks, whatever their shape. `packed` rows: the benchmark's uniform series. */
export const timedLoad = (row: KernelRow, packed: boolean): TimedLoad => {
  const { tokens, experts, topK, ranks } = row
  const key = [tokens, experts, topK, ranks, row.distribution, packed].join()
  const before = known.get(key)
  if (before !== undefined) return before
  const distribution = distributionOf(row)
  const drawn = Array.from({ length: isRandom(distribution) ? draws : 1 }, (_, draw) => {
    const counts = countsOf(distribution, { tokens, experts, topK, ranks }, 1 + draw)
    const each = experts / ranks
    const own = Array.from({ length: ranks }, (_none, rank) => counts.subarray(rank * each, (rank + 1) * each))
    return own.reduce((most, rank) => (sum(rank) > sum(most) ? rank : most))
  })
  const load = {
    ...histogram(packed ? drawn.map((own) => packedTokens(own)) : drawn),
    resident: experts / ranks,
    choices: drawn.reduce((all, own) => all + sum(own), 0) / drawn.length,
    meanTokens: (tokens * topK) / experts
  }
  known.set(key, load)
  return load
}

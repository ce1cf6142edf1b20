/** Judges forecasts in plain loops: where WebAssembly is not to be had, and what `assembly/judge.as` is tested against. */
import { forecastCache } from "@moira/caches"
import { greatestOf, log2 } from "@moira/core/statistics"
import { type Judge, type JudgeSetup, positionBins } from "../evaluation/judge.ts"
import { topExperts } from "../top.ts"

/** `scores` are by predictor, and read at each token. */
export const plainJudge = (
  scores: ReadonlyArray<Float64Array>,
  { experts, topK, tops, caches, tests }: JudgeSetup
): Judge => {
  const blank = () => new Uint32Array(tests)
  const judged = scores.map(() => ({
    hits: tops.map(blank),
    hitsAt: new Uint32Array(positionBins),
    bits: 0,
    caches: caches.map((capacity) => ({ hits: blank(), cache: forecastCache(capacity, experts) }))
  }))
  const named = new Uint16Array(greatestOf(tops))
  const best = named.subarray(0, topK)
  // Rank of each expert that is named, by one more than its place; 0 for the others.
  const ranks = new Uint16Array(experts)
  return {
    token: (place, bin, ids, from, to) => {
      for (let p = 0; p < judged.length; p++) {
        const one = judged[p]!
        const of = scores[p]!
        const count = topExperts(of, named.length, named)
        for (let i = 0; i < count; i++) ranks[named[i]!] = i + 1
        for (let i = from; i < to; i++) {
          const id = ids[i]!
          if (id >= experts) continue
          one.bits -= log2(Math.max(1e-12, of[id]!))
          const rank = ranks[id]!
          if (rank === 0) continue
          for (let n = 0; n < tops.length; n++) if (rank <= tops[n]!) one.hits[n]![place]!++
          if (rank <= topK) one.hitsAt[bin]!++
        }
        for (let i = 0; i < count; i++) ranks[named[i]!] = 0
        for (let c = 0; c < caches.length; c++) {
          one.caches[c]!.hits[place]! += one.caches[c]!.cache.serve(of, best, ids, from, to)
        }
      }
    },
    verdicts: () =>
      judged.map((one) => ({
        ...one,
        caches: one.caches.map(({ hits, cache }) => ({ hits, fetched: cache.fetched() }))
      }))
  }
}

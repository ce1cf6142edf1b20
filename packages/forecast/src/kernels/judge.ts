/** Judges forecasts in WebAssembly (source: `assembly/judge.as`): the same counts, and the same sums to the bit. */
import { greatestOf, sum } from "@moira/core/statistics"
import { type Judge, type JudgeSetup, positionBins } from "../evaluation/judge.ts"
import { kernelMemory } from "./memory.ts"

/** Most ids of a token. */
const maxIds = 256

/** Bytes of a piece of memory as it is taken. */
const whole = (bytes: number): number => 16 * Math.ceil(bytes / 16)

/** Structures of `assembly/judge.as` and `assembly/cache.as`, in bytes. */
const panelBytes = 48
const judgedBytes = 24
const servedBytes = 8
const cacheBytes = 24

const listBytes = (tops: ReadonlyArray<number>) => 2 * greatestOf(tops)
const worthBytes = (capacity: number) => 32 * Math.ceil(capacity / 4)

/** Memory that the judge of so many predictors takes. */
export const judgeBytes = (predictors: number, { experts, tops, caches, tests }: JudgeSetup): number => {
  const cached = caches.map(
    (capacity) =>
      whole(4 * tests) + whole(2 * capacity) + whole(4 * experts) + whole(worthBytes(capacity)) + cacheBytes + 16
  )
  const one =
    judgedBytes +
    16 +
    servedBytes * caches.length +
    whole(listBytes(tops)) +
    whole(4 * tops.length * tests) +
    whole(4 * positionBins)
  const shared = panelBytes + 4 * tops.length + 4 * experts + 8 * greatestOf(tops) + 2 * maxIds + 8 * 16
  return predictors * (one + sum(cached)) + shared
}

/**
 * A judge of rows of scores in the memory of the kernels, while the scope that is open there lasts; undefined where they are
 * not, or where there is no room beside them.
 */
export const kernelJudge = (scores: ReadonlyArray<Float64Array>, setup: JudgeSetup): Judge | undefined => {
  const memory = kernelMemory()
  if (memory?.scope === undefined || scores.some((row) => row.buffer !== memory.buffer)) return undefined
  const { experts, topK, tops, caches, tests } = setup
  const named = greatestOf(tops)
  const { u32, u16, f64, call } = memory
  let isFull = false
  const take = (bytes: number): number => {
    const at = memory.take(bytes)
    isFull ||= at === 0
    return at
  }

  const makeCache = (capacity: number): number => {
    const [at, held, places, worth] = [
      take(cacheBytes),
      take(2 * capacity),
      take(4 * experts),
      take(worthBytes(capacity))
    ] as const
    u32.set([capacity, 0, 0, held, places, worth], at / 4)
    u32.fill(0xffffffff, places / 4, places / 4 + experts)
    f64.fill(Infinity, worth / 8, (worth + worthBytes(capacity)) / 8)
    return at
  }

  const judgedSize = judgedBytes + servedBytes * caches.length
  const judgedAt = take(judgedSize * scores.length)
  const idsAt = take(2 * maxIds)
  const topsAt = take(4 * tops.length)
  const [ranks, values, found, panel] = [take(2 * experts), take(8 * named), take(2 * experts + 16), take(panelBytes)]
  if (isFull) return undefined
  u32.set(tops, topsAt / 4)
  u32.set(
    [scores.length, experts, named, topK, tops.length, topsAt, tests, caches.length, ranks, values, found, judgedAt],
    panel / 4
  )
  const places = scores.map((row, p) => {
    const at = judgedAt + p * judgedSize
    const list = take(2 * named)
    const [hits, hitsAt] = [take(4 * tops.length * tests), take(4 * positionBins)]
    for (let i = 0; i < named; i++) u16[list / 2 + i] = i
    u32.set([row.byteOffset, list, hits, hitsAt], at / 4 + 2)
    const cached = caches.map((capacity, c) => {
      const [cache, cacheHits] = [makeCache(capacity), take(4 * tests)]
      u32.set([cache, cacheHits], (at + judgedBytes + c * servedBytes) / 4)
      return { cache, hits: cacheHits }
    })
    return { at, hits, hitsAt, cached }
  })
  if (isFull) return undefined

  const counts = (at: number, length: number): Uint32Array => u32.slice(at / 4, at / 4 + length)
  return {
    token: (place, bin, ids, from, to) => {
      const count = to - from
      for (let i = 0; i < count; i++) u16[idsAt / 2 + i] = ids[from + i]!
      call.judgeToken(panel, idsAt, count, place, bin)
    },
    verdicts: () =>
      places.map(({ at, hits, hitsAt, cached }) => ({
        hits: tops.map((_, n) => counts(hits + 4 * n * tests, tests)),
        hitsAt: counts(hitsAt, positionBins),
        bits: f64[at / 8]!,
        caches: cached.map((one) => ({ hits: counts(one.hits, tests), fetched: u32[one.cache / 4 + 2]! }))
      }))
  }
}

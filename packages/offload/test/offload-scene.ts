/** Streams and machines for tests of expert caches. */
import { load } from "@moira/hardware"
import lru from "@moira/caches/policies/lru"
import { type CachePolicy } from "@moira/caches"
import { type DecodeStream } from "../src/simulate/stream.ts"
import { type ForecastRows } from "../src/simulate/cache-run-options.ts"
import { type HeldOutRequests } from "../src/simulate/requests.ts"
import { makeCacheRun } from "../src/simulate/cache-run.ts"
import { type OffloadCost, offloadCost } from "../src/simulate/cost.ts"
import { type Model, moeLayers, random } from "@moira/core"
import { groupsOf } from "@moira/core/statistics"
import { Effect } from "effect"
import { shelf } from "./shelf.ts"

export const model: Model = {
  id: "tiny",
  title: "Tiny",
  aliases: [],
  layers: 3,
  moe: { first: 0, last: 2, every: 1 },
  experts: 8,
  sharedExperts: 0,
  topK: 2,
  hidden: 64,
  expertFfn: 32,
  servingBytesPerWeight: 1,
  source: "made up for tests"
}

/** Requests from `chosen[request][token][layerIndex]`, all of it decoded. */
export const judge = (
  chosen: ReadonlyArray<ReadonlyArray<ReadonlyArray<ReadonlyArray<number>>>>,
  of: Model = model
): HeldOutRequests => {
  const tokens = chosen.map((request) => request.length)
  return {
    model: of,
    layers: moeLayers(of),
    requests: chosen.length,
    ids: moeLayers(of).map((_, l) =>
      Uint16Array.from(chosen.flatMap((request) => request.flatMap((token) => token[l]!)))
    ),
    offsets: Uint32Array.from([0, ...tokens.map((_, r) => tokens.slice(0, r + 1).reduce((a, b) => a + b, 0))]),
    prefillTokens: new Uint32Array(chosen.length),
    decodeTokens: Uint32Array.from(tokens),
    groups: groupsOf([...chosen.keys()]),
    task: new Int32Array(chosen.length)
  }
}

/** Seeded requests of one to nine tokens, low experts more popular; one hole in `holes` choices if asked. */
export const randomHeldOut = (requests: number, seed: number, holes = 0): HeldOutRequests => {
  const { below, uniform } = random(seed)
  const choose = () => {
    const ids = new Set<number>()
    while (ids.size < model.topK) ids.add(Math.floor(uniform() ** 2 * model.experts))
    return [...ids].map((id) => (holes > 0 && below(holes) === 0 ? 0xffff : id))
  }
  return judge(
    Array.from({ length: requests }, () =>
      Array.from({ length: 1 + below(9) }, () => Array.from({ length: 3 }, choose))
    )
  )
}

/** The cost of the shelf machine with some of its numbers replaced. */
export const costOf = (changes: Partial<typeof shelf.machines.shelf> = {}): OffloadCost =>
  offloadCost(Effect.runSync(load(shelf, { ...shelf.machines.shelf, ...changes })).machine, model, 1)

export interface CacheRunChanges {
  readonly policy?: CachePolicy
  readonly scope?: "layer" | "all"
  readonly slots?: number
  readonly prefetch?: number
  readonly prefetchFor?: "layer" | "token"
  readonly betweenPs?: number
  readonly computePs?: number
  readonly rows?: ForecastRows
  /** Layer steps that are run at once; those of a batch when left out. */
  readonly pieces?: number
}

/** Runs one cache over a whole stream; every layer step computes for `computePs`. */
export const runCache = (stream: DecodeStream, cost: OffloadCost, changes: CacheRunChanges = {}) => {
  const {
    policy = lru,
    scope = "layer",
    slots = 4,
    prefetch = 0,
    betweenPs = 0,
    computePs = 1000,
    prefetchFor = "layer"
  } = changes
  const popularity = new Float64Array(stream.layers * stream.experts)
  const compute = new Float64Array(stream.layerSteps).fill(computePs)
  const cacheRun = makeCacheRun(stream, cost, compute, {
    policy,
    scope,
    slots,
    prefetch,
    prefetchFor,
    betweenPs,
    popularity
  })
  const rows = changes.rows ?? { from: 0, width: 0 }
  for (let batch = 0; batch < stream.batchTokens.length; batch++) {
    const end = stream.batchStart[batch + 1]!
    const piece = changes.pieces ?? end
    for (let from = stream.batchStart[batch]!; from < end; from += piece) {
      cacheRun.run(batch, from, Math.min(end, from + piece), rows)
    }
  }
  return cacheRun.totals
}

export const total = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0)

/** The experts that a step really needs. */
export const neededAt = (stream: DecodeStream, s: number): ReadonlyArray<number> =>
  s < stream.layerSteps
    ? Array.from(stream.keys.subarray(stream.start[s], stream.start[s + 1]), (key) => key % stream.experts)
    : []

/** Forecasts of the experts that the next step really needs, or of `name(s)`. */
export const foretold = (
  stream: DecodeStream,
  width: number,
  name: (s: number) => ReadonlyArray<number> = (s) => neededAt(stream, s + 1)
): ForecastRows => {
  const next = new Uint16Array(stream.layerSteps * width).fill(0xffff)
  for (let s = 0; s < stream.layerSteps; s++) next.set(name(s).slice(0, width), s * width)
  return { from: 0, next, width }
}

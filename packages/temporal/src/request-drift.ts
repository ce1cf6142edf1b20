/** Change over the requests of a trace, in trace order, against random orders of the same requests. */
import { jensenShannon, mean } from "@moira/core/statistics"
import { type NotMeasured, type RequestDrift } from "@moira/results"
import { type TraceContext } from "@moira/trace"
import { random, substream } from "@moira/core"
import { floorOf, meanOfDraws, pValueOf } from "./noise-floor.ts"
import type { Concluded } from "./relation.ts"
import { addTally, clearTally, countInto, type RequestRows, tally } from "./request-rows.ts"

const what = "drift over requests"

/** Blocks of consecutive requests, and the block of each request in trace order and in each random order. */
export interface Blocks {
  readonly blocks: RequestDrift["blocks"]
  /** Entry `d * requests + r`; order 0 is the trace's own. */
  readonly blockOf: Uint8Array
  readonly orders: number
}

/** At most `count` blocks of two requests or more, equally many in each to within one; the seed shuffles. */
export const requestBlocks = (
  { requests }: TraceContext,
  count: number,
  shuffles: number,
  seed: number
): Blocks | undefined => {
  const size = Math.min(count, Math.floor(requests.length / 2))
  if (size < 2) return undefined
  const starts = Array.from({ length: size + 1 }, (_, b) => Math.round((b * requests.length) / size))
  const blockOf = new Uint8Array((1 + shuffles) * requests.length)
  for (let b = 0; b < size; b++) blockOf.fill(b, starts[b], starts[b + 1])
  const { below } = random(substream(seed, "drift over requests"))
  for (let d = 1; d <= shuffles; d++) {
    const order = blockOf.subarray(d * requests.length, (d + 1) * requests.length)
    order.set(blockOf.subarray(0, requests.length))
    for (let i = order.length - 1; i > 0; i--) {
      const j = below(i + 1)
      const drawn = order[j]!
      order[j] = order[i]!
      order[i] = drawn
    }
  }
  const blocks = starts.slice(0, -1).map((from, b) => {
    const to = starts[b + 1]!
    const tasks = new Set(requests.slice(from, to).map(({ benchmark, subject }) => `${benchmark}/${subject}`))
    return { from, to, tasks: [...tasks] }
  })
  return { blocks, blockOf, orders: 1 + shuffles }
}

/** Distances of pairs of blocks: `distances[p]` in trace order, `floors[p][d]` in random order d. */
export interface RequestDriftSummary {
  readonly layer: number
  readonly degenerate: boolean
  readonly distances: ReadonlyArray<number>
  readonly floors: ReadonlyArray<ReadonlyArray<number>>
}

const pairsOf = (blocks: number): ReadonlyArray<readonly [number, number]> =>
  Array.from({ length: blocks }, (_, a) =>
    Array.from({ length: blocks - a - 1 }, (__, k) => [a, a + 1 + k] as const)
  ).flat()

/** Measures one layer; undefined where some block has no recorded selections. */
export const requestDriftLayer = (
  layer: number,
  degenerate: boolean,
  rows: RequestRows,
  { blocks, blockOf, orders }: Blocks
): RequestDriftSummary | undefined => {
  const { experts, topK, ids, request, prefillAt, prefillRows, decodeRows } = rows
  const requests = blockOf.length / orders
  const size = blocks.length * experts
  const counts = new Uint32Array(orders * size)
  const seen = tally(experts)
  for (let r = 0; r < ids.length; r++) {
    const from = prefillAt[r]!
    countInto(seen, ids[r]!, from * topK, (from + prefillRows[r]! + decodeRows[r]!) * topK)
    for (let d = 0; d < orders; d++) addTally(seen, counts, d * size + blockOf[d * requests + request[r]!]! * experts)
    clearTally(seen)
  }
  const block = (d: number, b: number) => counts.subarray(d * size + b * experts, d * size + (b + 1) * experts)
  const distances = pairsOf(blocks.length).map(([a, b]) =>
    Array.from({ length: orders }, (_, d) => jensenShannon(block(d, a), block(d, b)))
  )
  const measured = distances.map((all) => all.filter((distance) => distance !== null))
  if (measured.some((all) => all.length < orders)) return undefined
  return {
    layer,
    degenerate,
    distances: measured.map((all) => all[0]!),
    floors: measured.map((all) => all.slice(1))
  }
}

const apart = (distance: number, draws: ReadonlyArray<number>) => ({
  distance,
  floor: floorOf(draws),
  pValue: pValueOf(distance, draws)
})

const overPairs = ({ distances, floors }: Pick<RequestDriftSummary, "distances" | "floors">) =>
  apart(mean(distances), meanOfDraws(floors))

const meanOf = (usual: ReadonlyArray<RequestDriftSummary>): NonNullable<RequestDrift["mean"]> => {
  const pairs = usual[0]!.distances.map((_, p) => ({
    distance: mean(usual.map(({ distances }) => distances[p]!)),
    draws: meanOfDraws(usual.map(({ floors }) => floors[p]!))
  }))
  const blocks = (1 + Math.sqrt(1 + 8 * pairs.length)) / 2
  return {
    ...overPairs({ distances: pairs.map(({ distance }) => distance), floors: pairs.map(({ draws }) => draws) }),
    pairs: pairsOf(blocks).map(([a, b], p) => ({ a, b, ...apart(pairs[p]!.distance, pairs[p]!.draws) }))
  }
}

/** Puts the layers together; `null` with too few requests. */
export const concludeRequests = (
  summaries: ReadonlyArray<RequestDriftSummary>,
  context: TraceContext,
  blocks: Blocks | undefined
): Concluded<RequestDrift> => {
  const no = (why: string) => ({ result: null, notMeasured: [{ what, why }] })
  if (blocks === undefined) {
    return no(`two blocks of two requests are the least; the trace has ${context.requests.length}`)
  }
  if (summaries.length === 0) return no("at every layer some block of requests has no recorded selections")
  const usual = summaries.filter(({ degenerate }) => !degenerate)
  const measured = new Set(summaries.map(({ layer }) => layer))
  const absent = context.layers.filter((layer) => !measured.has(layer))
  const notMeasured: ReadonlyArray<NotMeasured> = [
    ...(absent.length === 0
      ? []
      : [
          {
            what: `${what} at layers ${absent.join(", ")}`,
            why: "some block of requests, in trace order or in a random one, has no recorded selections there"
          }
        ]),
    ...(usual.length === 0
      ? [{ what: `${what}: means`, why: "at every layer one expert takes more than 95 % of the selections" }]
      : [])
  ]
  return {
    result: {
      blocks: blocks.blocks,
      shuffles: blocks.orders - 1,
      layers: summaries.map((summary) => ({
        layer: summary.layer,
        degenerate: summary.degenerate,
        ...overPairs(summary)
      })),
      degenerateLayers: summaries.filter(({ degenerate }) => degenerate).map(({ layer }) => layer),
      mean: usual.length === 0 ? null : meanOf(usual)
    },
    notMeasured
  }
}

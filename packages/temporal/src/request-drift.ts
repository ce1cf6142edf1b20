/** Change over the requests of a trace, in trace order, against random orders of the same requests. */
import { mean } from "@moira/core/statistics"
import { type NotMeasured, type RequestDrift } from "@moira/results"
import { type TraceContext } from "@moira/trace"
import { statisticsKernels } from "@moira/trace/kernels"
import { random, substream } from "@moira/core"
import { floorOf, meanOfDraws, pValueOf } from "./noise-floor.ts"
import type { Settings } from "./options.ts"
import type { Concluded } from "./relation.ts"

const what = "drift over requests"

/** Blocks of consecutive requests, and the block of each request in trace order and in each random order. */
export interface Blocks {
  readonly blocks: RequestDrift["blocks"]
  /** Entry `d * requests + r`; order 0 is the trace's own. */
  readonly blockOf: Uint8Array
  readonly orders: number
}

/** Numbers of blocks in a random order of as many groups; the groups of a block are as many as before. */
const shuffle = (order: Uint8Array, below: (n: number) => number): void => {
  for (let i = order.length - 1; i > 0; i--) {
    const j = below(i + 1)
    const drawn = order[j]!
    order[j] = order[i]!
    order[i] = drawn
  }
}

/**
 * At most `count` blocks of two groups of requests or more, in order of their first requests, equally many in each to within
 * one; the seed shuffles groups.
 */
export const requestBlocks = (
  { requests }: TraceContext,
  { blocks: count, shuffles, groups, bootstrap }: Pick<Settings, "blocks" | "shuffles" | "groups" | "bootstrap">
): Blocks | undefined => {
  const size = Math.min(count, Math.floor(groups.count / 2))
  if (size < 2) return undefined
  const starts = Array.from({ length: size + 1 }, (_, b) => Math.round((b * groups.count) / size))
  const ofGroup = new Uint8Array((1 + shuffles) * groups.count)
  for (let b = 0; b < size; b++) ofGroup.fill(b, starts[b], starts[b + 1])
  const { below } = random(substream(bootstrap.seed, "drift over requests"))
  for (let d = 1; d <= shuffles; d++) {
    const order = ofGroup.subarray(d * groups.count, (d + 1) * groups.count)
    order.set(ofGroup.subarray(0, groups.count))
    shuffle(order, below)
  }
  const blockOf = new Uint8Array((1 + shuffles) * requests.length)
  for (let d = 0; d <= shuffles; d++)
    groups.of.forEach((group, r) => (blockOf[d * requests.length + r] = ofGroup[d * groups.count + group]!))
  const blocks = starts.slice(0, -1).map((_, b) => {
    const own = requests.filter((__, r) => blockOf[r] === b)
    const from = blockOf.indexOf(b)
    const tasks = new Set(own.map(({ benchmark, subject }) => `${benchmark}/${subject}`))
    return { from, to: blockOf.lastIndexOf(b, requests.length - 1) + 1, tasks: [...tasks] }
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

/** Measures one layer from its selections by request of the trace; undefined where some block has no recorded selections. */
export const requestDriftLayer = (
  layer: number,
  degenerate: boolean,
  counts: Uint32Array,
  experts: number,
  { blocks, blockOf, orders }: Blocks
): RequestDriftSummary | undefined => {
  const requests = blockOf.length / orders
  const labellings = Array.from({ length: orders }, (_, d) => blockOf.subarray(d * requests, (d + 1) * requests))
  const { sumByLabel, sortedDistances } = statisticsKernels()
  const pairs = Uint32Array.from(pairsOf(blocks.length).flat())
  const byOrder: Array<Float64Array> = []
  sumByLabel(counts, experts, labellings, blocks.length, (sums) => byOrder.push(sortedDistances(sums, experts, pairs)))
  if (byOrder.some((distances) => distances.includes(-1))) return undefined
  const measured = pairsOf(blocks.length).map((_, p) => byOrder.map((distances) => distances[p]!))
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
  blocks: Blocks | undefined,
  { count: groups }: Settings["groups"]
): Concluded<RequestDrift> => {
  const no = (why: string) => ({ result: null, notMeasured: [{ what, why }] })
  if (blocks === undefined) {
    const { length } = context.requests
    const has = groups === length ? `${length}` : `${length} in ${groups} independent groups`
    return no(`two blocks of two requests are the least; the trace has ${has}`)
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

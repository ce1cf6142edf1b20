/** Predicts one MoE layer on a GPU cluster without a trace. */
import { type ExpertTimer, expertTimer, shapeParameters } from "@moira/hardware"
import { sum } from "@moira/core/statistics"
import { type ExchangeParts, makeExchange } from "../exchange/exchange.ts"
import { dispatchBytesPerElement } from "../exchange/wire.ts"
import { countsOf, isRandom } from "./counts.ts"
import { checkedGpu, type LayerQuestion } from "./question.ts"
import { packedTokens } from "./packed.ts"
import { reachedShare } from "./reached.ts"
import { replayedShare } from "./replayed.ts"
import { balancedSlots, firstSlot, slotTokens } from "./slots.ts"

/** One rank in one draw. */
export interface RankPrediction {
  /** Tokens x experts that it computes. */
  readonly choices: number
  /** Slots that it reads: those with at least one token. */
  readonly touched: number
  /** Expected tokens that dispatch brings it, each once. */
  readonly arrived: number
  readonly expertsPs: number
}

/** Picoseconds, whole; means over draws where the distribution is random. */
export interface LayerPrediction {
  /** Id of the exchange kernel; `none` where nothing is exchanged. */
  readonly exchangeKernel: string
  /** Telling ranks what comes, before tokens do: DeepEP's notify, TensorRT-LLM's prepare. */
  readonly dispatchNoticePs: number
  readonly dispatchPs: number
  /** The slowest rank: all wait for it. */
  readonly expertsPs: number
  /** The rank with the most choices: the one that benchmarks of a single rank time. */
  readonly hottestRankPs: number
  readonly expertsMeanPs: number
  readonly combineNoticePs: number
  readonly combinePs: number
  /** Dispatch + slowest rank + combine, with both notices. */
  readonly totalPs: number
  /** Id of the kernels that compute the experts. */
  readonly expertKernels: string
  /** Of the first draw. */
  readonly ranks: ReadonlyArray<RankPrediction>
}

/** Tokens of one draw laid over ranks. */
const layOut = (question: LayerQuestion, tokens: number, seed: number) => {
  const { experts, topK, ranks, placement = "contiguous", slots = experts } = question
  const counts = countsOf(question.distribution, { tokens, experts, topK, ranks }, seed)
  const expertOf =
    typeof placement === "object"
      ? placement
      : placement === "balanced"
        ? balancedSlots(counts, slots, ranks)
        : Array.from({ length: experts }, (_, e) => e)
  const bySlot = slotTokens(expertOf, counts)
  return Array.from({ length: ranks }, (_, rank) => {
    const own = bySlot.subarray(firstSlot(rank, slots, ranks), firstSlot(rank + 1, slots, ranks))
    const choices = sum(own)
    const touched = own.reduce((n, count) => n + (count > 0 ? 1 : 0), 0)
    return { own, choices, touched, arrived: tokens * reachedShare(choices / tokens, topK, slots) }
  })
}

type Laid = ReturnType<typeof layOut>[number]

/** How a question's kernels run on a rank. */
interface Kernels {
  readonly timer: ExpertTimer
  readonly tileRows: number
  readonly weightBytes: number
  /** Of the last-level cache, where it may hold weights of the last replay. */
  readonly cacheBytes: number
  readonly packed: boolean
}

const kernelsOf = (question: LayerQuestion, tokens: number): Kernels & { readonly id: string } => {
  const { family, time, gpu } = checkedGpu(question)
  const { hidden, tensorParallel = 1, topK, slots = question.experts, seen = "arrived", distribution } = question
  const expertFfn = question.expertFfn / tensorParallel
  const { bytesPerWeight } = time
  const shape = { hidden, expertFfn, matrices: question.matrices ?? 3, bytesPerWeight }
  const timer = expertTimer(time, shape)
  // What the host launches kernel by kernel is no replayed graph.
  const replayed = question.replayed ?? (seen === "all" && time.launchPs === undefined)
  const rows = question.rows ?? (seen === "all" && distribution.kind === "balanced" ? "packed" : "padded")
  return {
    id: family.id,
    timer,
    tileRows: timer.tileRows((tokens * topK) / slots),
    weightBytes: shapeParameters(shape) * bytesPerWeight,
    cacheBytes: replayed ? (gpu.cacheBytes ?? 0) : 0,
    packed: rows === "packed" && family.id === "deepgemm-contiguous"
  }
}

/** A rank's experts, each by its own tokens. */
const expertsPs = (
  question: LayerQuestion,
  kernels: Kernels,
  tokens: number,
  { own, choices, arrived }: Laid
): number => {
  const { timer, tileRows, weightBytes, cacheBytes, packed } = kernels
  const computed = packed ? packedTokens(own) : own
  const touched = computed.reduce((n, count) => n + (count > 0 ? 1 : 0), 0)
  const read = cacheBytes > 0 ? replayedShare(touched * weightBytes, cacheBytes) : 1
  let inExperts = 0
  for (const count of computed) if (count > 0) inExperts += timer.expertPs(count, tileRows, read)
  const seen = question.seen === "all" ? tokens : arrived
  return timer.layerPs(inExperts, own.length, choices, Math.max(0, seen - choices / question.topK))
}

/** Tokens of `total` on each rank: evenly, the first ranks take the rest. */
const shared = (total: number, ranks: number): Float64Array =>
  Float64Array.from({ length: ranks }, (_, r) => Math.floor(total / ranks) + (r < total % ranks ? 1 : 0))

const noExchange: ExchangeParts = {
  kernel: "none",
  dispatchNoticePs: 0,
  dispatchPs: 0,
  combineNoticePs: 0,
  combinePs: 0
}

/** Exchange of what was laid out, by the kernels of the question's GPU. */
const exchangeOf = (question: LayerQuestion, tokens: number, laid: ReadonlyArray<Laid>): ExchangeParts => {
  const { ranks, hidden, topK, experts, slots = experts } = question
  const { gpu, kernels, gpusPerServer } = checkedGpu(question)
  if (kernels === undefined) return noExchange
  const servers = Math.ceil(ranks / gpusPerServer)
  const serverOf = Uint16Array.from({ length: ranks }, (_, rank) => Math.floor(rank / gpusPerServer))
  const held = shared(tokens, ranks)
  const byServer = new Float64Array(servers)
  laid.forEach(({ choices }, rank) => (byServer[serverOf[rank]!]! += choices))
  const reached = Array.from(byServer, (choices) => reachedShare(choices / tokens, topK, slots))
  const copies = Float64Array.from(
    { length: ranks * ranks },
    (_, pair) => (held[Math.floor(pair / ranks)]! * laid[pair % ranks]!.arrived) / tokens
  )
  const traffic = {
    tokens: held,
    serverCopies: Float64Array.from(
      { length: ranks * servers },
      (_, i) => held[Math.floor(i / servers)]! * reached[i % servers]!
    ),
    choices: laid.map(({ choices }) => choices),
    experts: slots
  }
  const hardware = { ...gpu, nicShare: gpu.nicShare ?? gpu.linkShare }
  const dispatch = hidden * dispatchBytesPerElement(question.dtype, kernels.many.library)
  return makeExchange({ units: ranks, servers, serverOf }, kernels, hardware).parts(
    copies,
    { dispatch, combine: hidden * 2 },
    traffic
  )
}

/** Answers a question; throws a {@link PredictionError} where it makes no sense. Deterministic for its seed. */
export const predictLayer = (question: LayerQuestion): LayerPrediction => {
  const { ranks, tokens: asked, draws = 16, seed = 1 } = question
  const tokens = "total" in asked ? asked.total : asked.perRank * ranks
  const kernels = kernelsOf(question, tokens)
  const count = isRandom(question.distribution) ? draws : 1
  const sums = {
    dispatchNoticePs: 0,
    dispatchPs: 0,
    expertsPs: 0,
    hottestRankPs: 0,
    expertsMeanPs: 0,
    combineNoticePs: 0,
    combinePs: 0
  }
  let exchangeKernel = noExchange.kernel
  let first: ReadonlyArray<RankPrediction> = []
  for (let draw = 0; draw < count; draw++) {
    const laid = layOut(question, tokens, seed + draw)
    const answered = laid.map((rank) => ({ ...rank, expertsPs: expertsPs(question, kernels, tokens, rank) }))
    if (draw === 0) first = answered
    const hottest = answered.reduce((most, rank) => (rank.choices > most.choices ? rank : most))
    const { kernel, ...exchanged } = exchangeOf(question, tokens, laid)
    exchangeKernel = kernel
    sums.dispatchNoticePs += exchanged.dispatchNoticePs / count
    sums.dispatchPs += exchanged.dispatchPs / count
    sums.combineNoticePs += exchanged.combineNoticePs / count
    sums.combinePs += exchanged.combinePs / count
    sums.hottestRankPs += hottest.expertsPs / count
    sums.expertsPs += Math.max(...answered.map((rank) => rank.expertsPs)) / count
    sums.expertsMeanPs += sum(answered.map((rank) => rank.expertsPs)) / ranks / count
  }
  const whole = Object.fromEntries(Object.entries(sums).map(([part, ps]) => [part, Math.round(ps)])) as typeof sums
  const { dispatchNoticePs, dispatchPs, expertsPs: slowest, combineNoticePs, combinePs } = whole
  return {
    exchangeKernel,
    expertKernels: kernels.id,
    ...whole,
    totalPs: dispatchNoticePs + dispatchPs + slowest + combineNoticePs + combinePs,
    ranks: first.map(({ choices, touched, arrived, expertsPs: ps }) => ({
      choices,
      touched,
      arrived,
      expertsPs: Math.round(ps)
    }))
  }
}

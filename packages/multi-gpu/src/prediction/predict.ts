/** Predicts one MoE layer on a GPU cluster without a trace. */
import { moeLayerPs, type MoeLayerShape, unusedTokensPs, type WeightedExpertTime } from "@moira/hardware"
import { type ExchangeParts, makeExchange } from "../exchange/exchange.ts"
import { dispatchBytesPerElement } from "../exchange/wire.ts"
import { countsOf, isRandom } from "./counts.ts"
import { checkedGpu, type LayerQuestion } from "./question.ts"
import { reachedShare } from "./reached.ts"
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
    const choices = own.reduce((a, b) => a + b, 0)
    const touched = own.reduce((n, count) => n + (count > 0 ? 1 : 0), 0)
    return { choices, touched, arrived: tokens * reachedShare(choices / tokens, topK, slots) }
  })
}

type Laid = ReturnType<typeof layOut>[number]

const expertsPs = (
  question: LayerQuestion,
  constants: WeightedExpertTime,
  shape: MoeLayerShape,
  tokens: number,
  { choices, touched, arrived }: Laid
): number => {
  const seen = question.seen === "all" ? tokens : arrived
  const unused = Math.max(0, seen - choices / question.topK)
  // Block scales and 16 bits need no pass over tokens before they are sorted.
  const first = question.dtype === "fp8" || question.dtype === "nvfp4" ? shape.bytesPerWeight : 0
  return moeLayerPs(constants, shape, touched, choices) + unusedTokensPs(constants, shape.hidden, unused, first)
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
  const { expertTime } = checkedGpu(question)
  const { ranks, tokens: asked, tensorParallel = 1, draws = 16, seed = 1 } = question
  const tokens = "total" in asked ? asked.total : asked.perRank * ranks
  const shape = {
    hidden: question.hidden,
    expertFfn: question.expertFfn / tensorParallel,
    bytesPerWeight: expertTime.bytesPerWeight
  }
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
    const answered = laid.map((rank) => ({ ...rank, expertsPs: expertsPs(question, expertTime, shape, tokens, rank) }))
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
    sums.expertsMeanPs += answered.reduce((sum, rank) => sum + rank.expertsPs, 0) / ranks / count
  }
  const whole = Object.fromEntries(Object.entries(sums).map(([part, ps]) => [part, Math.round(ps)])) as typeof sums
  const { dispatchNoticePs, dispatchPs, expertsPs: slowest, combineNoticePs, combinePs } = whole
  return {
    exchangeKernel,
    ...whole,
    totalPs: dispatchNoticePs + dispatchPs + slowest + combineNoticePs + combinePs,
    ranks: first.map((rank) => ({ ...rank, expertsPs: Math.round(rank.expertsPs) }))
  }
}

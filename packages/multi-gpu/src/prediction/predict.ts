/** Predicts one MoE layer on a GPU cluster without a trace. */
import { moeLayerPs, type MoeLayerShape, unusedTokensPs, type WeightedExpertTime } from "@moira/hardware"
import { makeExchange } from "../exchange/exchange.ts"
import { exchangeConstants } from "../fitted.ts"
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
  readonly dispatchPs: number
  /** The slowest rank: all wait for it. */
  readonly expertsPs: number
  /** The rank with the most choices: the one that benchmarks of a single rank time. */
  readonly hottestRankPs: number
  readonly expertsMeanPs: number
  readonly combinePs: number
  /** Dispatch + slowest rank + combine. */
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

const exchangeOf = (question: LayerQuestion, tokens: number, laid: ReadonlyArray<Laid>) => {
  const { ranks, gpusPerServer = 8, exchange = "auto", hidden, topK, experts, slots = experts } = question
  if (exchange === "none" || ranks === 1) return { dispatchPs: 0, combinePs: 0 }
  const { gpu } = checkedGpu(question)
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
  const kernels = makeExchange({ units: ranks, servers, serverOf }, exchange, exchangeConstants, gpu)
  // Tokens go out in 8 bits unless experts take 16, results come back in 16.
  const dispatchBytes = hidden * (question.dtype === "bfloat16" ? 2 : 1)
  return {
    dispatchPs: kernels.dispatchPs(copies, dispatchBytes, traffic),
    combinePs: kernels.combinePs(copies, hidden * 2, traffic)
  }
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
  const sums = { dispatchPs: 0, expertsPs: 0, hottestRankPs: 0, expertsMeanPs: 0, combinePs: 0 }
  let first: ReadonlyArray<RankPrediction> = []
  for (let draw = 0; draw < count; draw++) {
    const laid = layOut(question, tokens, seed + draw)
    const answered = laid.map((rank) => ({ ...rank, expertsPs: expertsPs(question, expertTime, shape, tokens, rank) }))
    if (draw === 0) first = answered
    const hottest = answered.reduce((most, rank) => (rank.choices > most.choices ? rank : most))
    const { dispatchPs, combinePs } = exchangeOf(question, tokens, laid)
    sums.dispatchPs += dispatchPs / count
    sums.combinePs += combinePs / count
    sums.hottestRankPs += hottest.expertsPs / count
    sums.expertsPs += Math.max(...answered.map((rank) => rank.expertsPs)) / count
    sums.expertsMeanPs += answered.reduce((sum, rank) => sum + rank.expertsPs, 0) / ranks / count
  }
  const [dispatchPs, slowest, combinePs] = [sums.dispatchPs, sums.expertsPs, sums.combinePs].map(Math.round) as [
    number,
    number,
    number
  ]
  return {
    dispatchPs,
    expertsPs: slowest,
    hottestRankPs: Math.round(sums.hottestRankPs),
    expertsMeanPs: Math.round(sums.expertsMeanPs),
    combinePs,
    totalPs: dispatchPs + slowest + combinePs,
    ranks: first.map((rank) => ({ ...rank, expertsPs: Math.round(rank.expertsPs) }))
  }
}

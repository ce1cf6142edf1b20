/** One MoE layer to predict, and why a question is refused. */
import { taggedProblem } from "@moira/core"
import type { ServingEngine, ServingPhase } from "@moira/hardware/calibration"
import { chooseKernels, type ExchangeKind } from "../exchange/catalogue.ts"
import { type ExpertDtype, expertKernels } from "../expert-kernels.ts"
import { type Gpu, type GpuName, gpus } from "../gpus.ts"
import type { Distribution } from "./counts.ts"

export class PredictionError extends taggedProblem("PredictionError", ["BadQuestion"]) {}

/** A decode or prefill step of one MoE layer on `ranks` GPUs. Shared experts are not part of it. */
export interface LayerQuestion {
  /** By name, or a data sheet of your own. */
  readonly gpu: GpuName | Gpu
  /** GPUs that the experts are divided over (EP); 1 has no exchange. */
  readonly ranks: number
  /** GPUs of one NVLink switch; 8 when left out, 72 of a Grace Blackwell rack. */
  readonly gpusPerServer?: number
  /** Of all ranks together, or on each. */
  readonly tokens: { readonly total: number } | { readonly perRank: number }
  readonly experts: number
  readonly topK: number
  /** Width at which routed experts work. */
  readonly hidden: number
  readonly expertFfn: number
  /** Matrices an expert: 3 with a gate, 2 without; 3 when left out. */
  readonly matrices?: 2 | 3
  /** Ranks that share each expert, every one with a slice of its FFN (benchmarks' moe_tp_size); 1 when left out. */
  readonly tensorParallel?: number
  readonly dtype: ExpertDtype
  /** When left out decode up to 128 tokens a rank, where engines send with low latency, and prefill above. */
  readonly phase?: ServingPhase
  /** Kernels of experts by the id of their family instead of by engine and phase. */
  readonly kernels?: string
  readonly distribution: Distribution
  /** Slots of all ranks, at least one each; one an expert when left out. Ranks differ by one where they do not divide. */
  readonly slots?: number
  /**
   * `contiguous` when left out; `balanced` places slots for the very counts that are computed, as benchmarks with a load
   * balancer do; or the expert of every slot, rank by rank.
   */
  readonly placement?: "contiguous" | "balanced" | ReadonlyArray<number>
  /** Kernels; `auto`, those that the engine takes on the GPU, when left out. */
  readonly exchange?: ExchangeKind | "none"
  /**
   * Whose kernels are taken. When left out TensorRT-LLM's compute experts, and `auto` sends by them in an NVLink rack and by
   * DeepEP elsewhere.
   */
  readonly engine?: ServingEngine
  /**
   * Tokens whose activations a rank touches: those `arrived` by dispatch, or `all` where every rank sees all tokens
   * and leaves those of other ranks out (benchmarks of one rank's kernel); `arrived` when left out.
   */
  readonly seen?: "arrived" | "all"
  /**
   * Whether the same layer runs over and over, so that weights that fit into the last-level cache are found there; as
   * benchmarks do, so where `seen` is `all`, when left out.
   */
  readonly replayed?: boolean
  /**
   * Whether kernels with contiguous rows get every expert's padded to whole tiles, as engines do, or packed. When left out
   * packed for a benchmark (`seen` is `all`) of a balanced router, which runs so, and padded else.
   */
  readonly rows?: "padded" | "packed"
  /** Draws of a random distribution that times are averaged over, 16 when left out, and their seed, 1. */
  readonly draws?: number
  readonly seed?: number
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0

const placementFault = ({ placement, experts, ranks, slots = experts }: LayerQuestion): string | undefined => {
  if (typeof placement !== "object") {
    return slots === experts || placement === "balanced"
      ? undefined
      : `slots: ${slots} for ${experts} experts need placement "balanced" or the expert of every slot`
  }
  if (placement.length !== slots) return `placement: ${placement.length} slots, slots says ${slots}`
  if (placement.some((expert) => !Number.isSafeInteger(expert) || expert < 0 || expert >= experts))
    return `placement: an expert outside 0 to ${experts - 1}`
  if (new Set(placement).size !== experts)
    return `placement: ${new Set(placement).size} of ${experts} experts, ${ranks} ranks`
  return undefined
}

const distributionFault = ({ distribution, experts }: LayerQuestion): string | undefined => {
  if (distribution.kind === "counts" && distribution.counts.length !== experts)
    return `distribution: ${distribution.counts.length} counts for ${experts} experts`
  const number =
    distribution.kind === "power-law" ? distribution.alpha : distribution.kind === "zipf" ? distribution.exponent : 0
  return Number.isFinite(number) && number >= 0 ? undefined : `distribution: ${number} is no exponent`
}

/** What is wrong with a question, by field; undefined where nothing is. */
const questionFault = (question: LayerQuestion): string | undefined => {
  const { tokens, slots = question.experts, ranks, experts, topK, tensorParallel = 1, draws = 16 } = question
  const counted = {
    ranks,
    tokens: "total" in tokens ? tokens.total : tokens.perRank,
    experts,
    topK,
    hidden: question.hidden,
    expertFfn: question.expertFfn,
    slots,
    tensorParallel,
    gpusPerServer: question.gpusPerServer ?? 8,
    draws
  }
  for (const [name, value] of Object.entries(counted))
    if (!isCount(value)) return `${name}: ${value} is not a whole number above 0`
  if (question.matrices !== undefined && question.matrices !== 2 && question.matrices !== 3)
    return `matrices: ${String(question.matrices)} is neither 2 nor 3`
  if (topK > experts) return `topK: ${topK} of ${experts} experts`
  if (slots < experts) return `slots: ${slots} for ${experts} experts`
  if (slots < ranks) return `slots: ${slots} leave some of ${ranks} ranks without an expert`
  return distributionFault(question) ?? placementFault(question)
}

/** GPUs round one NVLink switch, where the question does not say. */
const usualServer = ({ architecture }: Gpu): number => (architecture === "grace-blackwell" ? 72 : 8)

/** Kernels of the exchange, what is wrong with asking for them, or undefined where nothing is exchanged. */
const exchangeKernels = ({ exchange = "auto", engine, ranks }: LayerQuestion, gpu: Gpu, gpusPerServer: number) =>
  exchange === "none" || ranks === 1
    ? undefined
    : chooseKernels({
        kind: exchange,
        architecture: gpu.architecture,
        engine,
        servers: Math.ceil(ranks / gpusPerServer)
      })

/** Tokens a rank up to which engines send and compute with their decode kernels. */
const decodeTokens = 128

/** The phase of a question that does not say. */
const phaseOf = ({ phase, tokens, ranks }: LayerQuestion): ServingPhase =>
  phase ?? (("total" in tokens ? tokens.total / ranks : tokens.perRank) <= decodeTokens ? "decode" : "prefill")

const refusal = (what: string, hint: string): PredictionError =>
  new PredictionError({ reason: "BadQuestion", where: "layer question", what, hint })

/** Refuses a question that cannot be answered, and gives the GPU with its kernels for experts and for the exchange. */
export const checkedGpu = (question: LayerQuestion) => {
  const gpu: Gpu | undefined = typeof question.gpu === "string" ? gpus[question.gpu] : question.gpu
  if (gpu === undefined)
    throw refusal(`gpu: ${JSON.stringify(question.gpu)}`, `one of ${Object.keys(gpus).join(", ")}, or a data sheet`)
  const experts = expertKernels(gpu, { ...question, phase: phaseOf(question) })
  if (!("time" in experts)) throw refusal(experts.what, experts.hint)
  const what = questionFault(question)
  if (what !== undefined) throw refusal(what, "see LayerQuestion of @moira/multi-gpu")
  const gpusPerServer = question.gpusPerServer ?? usualServer(gpu)
  const exchange = exchangeKernels(question, gpu, gpusPerServer)
  if (exchange !== undefined && "what" in exchange) throw refusal(exchange.what, exchange.hint)
  return { gpu, ...experts, gpusPerServer, kernels: exchange }
}

/**
 * How strongly each effect moves a model's router. Scores are in units in which the router's noise is a standard
 * Gumbel draw, so a deviation of 1 multiplies an expert's odds by e. All values were fitted by
 * scripts/twin/fit.ts (docs/reference/twin.md); no published figure enters the generator but by them.
 */
import type { Model } from "@moira/core"

export interface TwinParameters {
  /** Deviation over a layer's experts of their log-popularity: log-normal popularity. */
  readonly popularity: number
  /** By how much the log-popularity of the hottest experts of a layer is raised, and how many these are. */
  readonly hot: number
  readonly hotExperts: number
  /** Deviations of what all tokens of a request share: its language, its topic and itself. */
  readonly language: number
  readonly topic: number
  readonly request: number
  /** Deviation of what one token prefers. */
  readonly token: number
  /** Correlation from token to token of the two parts of a token's latent. */
  readonly fast: number
  readonly slow: number
  /** Share of the slow part at the first and the last MoE layer, 0 to 1: upper layers repeat their experts more. */
  readonly persistence: readonly [bottom: number, top: number]
  /** Radians by which the token latent turns from the first to the last MoE layer. */
  readonly rotation: number
  /** Deviation of what decode prefers from what the prompt does: at the first decode token, and after very many. */
  readonly phase: readonly [start: number, end: number]
  /** Strength of the draw that experts of one cluster share at one token and layer, in Gumbel draws. */
  readonly cluster: number
  /** Experts of a cluster. */
  readonly clusterSize: number
  /** What the values were chosen by. */
  readonly reason: string
}

const deepseek: TwinParameters = {
  popularity: 0.785,
  hot: 0.86,
  hotExperts: 20,
  language: 0.588,
  topic: 0.201,
  request: 0.237,
  token: 1.83,
  fast: 0.148,
  slow: 0.615,
  persistence: [0.054, 0.954],
  rotation: 4.03,
  phase: [0.415, 1.25],
  cluster: 1.45,
  clusterSize: 8,
  reason: "fitted to the study (Ob1-Ob5) and to skew, popularity and phases of real counts of DeepSeek-671B"
}

const qwen: TwinParameters = {
  popularity: 1.4,
  hot: 1.31,
  hotExperts: 20,
  language: 1.44,
  topic: 1.23,
  request: 2.04,
  token: 2.62,
  fast: 0.158,
  slow: 0.931,
  persistence: [0.163, 0.796],
  rotation: 8.63,
  phase: [0.81, 1.62],
  cluster: 1.1,
  clusterSize: 4,
  reason: "fitted to the study (Ob1-Ob5)"
}

const llama: TwinParameters = {
  popularity: 1.04,
  hot: 0.88,
  hotExperts: 5,
  language: 1.04,
  topic: 0.298,
  request: 1.17,
  token: 1.95,
  fast: 0.913,
  slow: 0.978,
  persistence: [0.854, 0.953],
  rotation: 19.6,
  phase: [1.01, 1.55],
  cluster: 0,
  clusterSize: 8,
  reason: "fitted to the study (Ob1-Ob4) and to skew, repetition and phases of 235 real requests; top-1 has no pairs"
}

const kimi: TwinParameters = {
  popularity: 0.608,
  hot: 1.48,
  hotExperts: 20,
  language: 0.734,
  topic: 0.189,
  request: 1.01,
  token: 1.83,
  fast: 0.254,
  slow: 0.718,
  persistence: [0.021, 0.977],
  rotation: 7.36,
  phase: [0.445, 0.891],
  cluster: 1.26,
  clusterSize: 12,
  reason: "fitted to the study (Ob1-Ob5)"
}

const gptOss: TwinParameters = {
  popularity: 8.33,
  hot: 0.118,
  hotExperts: 3,
  language: 0.639,
  topic: 0.261,
  request: 0.2,
  token: 25.4,
  fast: 0.497,
  slow: 0.914,
  persistence: [0.0363, 0.705],
  rotation: 1.21,
  phase: [3.32, 5.32],
  cluster: 0.307,
  clusterSize: 4,
  reason:
    "fitted to 235 real gpt-oss-20b requests (decode only), whose layers depend on each other so much that hardly any noise is left; they still do more than the twin's"
}

const mixtral: TwinParameters = {
  popularity: 1.05,
  hot: 0.0755,
  hotExperts: 1,
  language: 1.67,
  topic: 0.112,
  request: 0.121,
  token: 5.74,
  fast: 0.02,
  slow: 0.88,
  persistence: [0.0323, 0.727],
  rotation: 3.68,
  phase: [0.284, 0.427],
  cluster: 0.115,
  clusterSize: 2,
  reason: "fitted to five recordings of Mixtral-8x7B"
}

const byModel: Readonly<Record<string, TwinParameters>> = {
  "deepseek-v3": deepseek,
  "qwen3-235b": qwen,
  "llama4-maverick": llama,
  "kimi-k2": kimi,
  "gpt-oss-20b": gptOss,
  "mixtral-8x7b": mixtral,
  "gpt-oss-120b": { ...gptOss, reason: "no measurement; those of gpt-oss-20b, its family" },
  "qwen3-30b": { ...qwen, reason: "no measurement; those of Qwen3-235B, its family" },
  "deepseek-v2-lite": { ...deepseek, hotExperts: 5, reason: "no measurement; those of DeepSeek-V3, its family" }
}

/** Parameters of a model's twin; one that is not in the table gets those of a model that routes like it. */
export const twinParameters = (model: Model): TwinParameters => {
  if (Object.hasOwn(byModel, model.id)) return byModel[model.id]!
  if (model.topK === 1) return { ...llama, reason: "no measurement; those of Llama 4, which is top-1 as well" }
  // As many hot experts and as large clusters, in proportion.
  const share = (of: number) => Math.max(1, Math.round((of * model.experts) / 384))
  return {
    ...kimi,
    hotExperts: share(kimi.hotExperts),
    clusterSize: share(kimi.clusterSize),
    reason: "no measurement; those of Kimi K2, the middle of the table"
  }
}

/**
 * How strongly each effect moves a model's router. Scores are in units in which the router's noise is a standard
 * Gumbel draw, so a deviation of 1 multiplies an expert's odds by e. All values were chosen by measuring twins at
 * full depth; no published figure enters the generator.
 */
import type { Model } from "@moira/trace"

export interface TwinParameters {
  /** Deviation over a layer's experts of their log-popularity: log-normal popularity. */
  readonly popularity: number
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
  /** What the values were chosen by. */
  readonly reason: string
}

const quarter = Math.PI / 2

const deepseek: TwinParameters = {
  popularity: 0.72,
  language: 0.42,
  topic: 0.32,
  request: 0.37,
  token: 1.1,
  fast: 0.2,
  slow: 0.85,
  persistence: [0.1, 0.95],
  rotation: quarter,
  reason:
    "flat: top-20 % coverage of Ob1 and Ob2 (study, Fig 4 and 5), and counts of DeepSeek-671B whose log deviates by 0.60-0.74 over the experts of a layer"
}

const qwen: TwinParameters = {
  popularity: 1.75,
  language: 1.43,
  topic: 1.1,
  request: 1.25,
  token: 3.2,
  fast: 0.1,
  slow: 0.86,
  persistence: [0.15, 0.85],
  rotation: 5 * quarter,
  reason:
    "Ob1 and Ob2 (study, Fig 4 and 5): with 8 of 128 chosen, high coverage takes strong context, not popularity alone"
}

const llama: TwinParameters = {
  popularity: 1.15,
  language: 0.98,
  topic: 0.75,
  request: 0.85,
  token: 2,
  fast: 0.5,
  slow: 0.94,
  persistence: [0.2, 0.95],
  rotation: 6 * quarter,
  reason:
    "Ob1 and Ob2 (study, Fig 4 and 5), where token beats layer: slow tokens, a fast turn over the layers; hottest expert above 10 x the mean, as in Fig 8"
}

const kimi: TwinParameters = {
  popularity: 0.76,
  language: 0.46,
  topic: 0.35,
  request: 0.4,
  token: 1.4,
  fast: 0.3,
  slow: 0.86,
  persistence: [0.1, 0.95],
  rotation: 1.5 * quarter,
  reason: "Ob1 and Ob2 (study, Fig 4 and 5): between DeepSeek and Qwen"
}

const gptOss: TwinParameters = {
  popularity: 1.5,
  language: 1.6,
  topic: 1.25,
  request: 1.4,
  token: 4.5,
  fast: 0.3,
  slow: 0.9,
  persistence: [0.1, 0.7],
  rotation: quarter,
  reason:
    "coverage by popularity and by the last token, and repetition, of 235 real gpt-oss-20b requests; their layers depend on each other more than the twin's"
}

const mixtral: TwinParameters = {
  popularity: 0.45,
  language: 0.45,
  topic: 0.35,
  request: 0.4,
  token: 2.2,
  fast: 0.05,
  slow: 0.8,
  persistence: [0.2, 0.6],
  rotation: quarter,
  reason: "coverage, hottest expert (1.6 x the mean) and repetition of real Mixtral-8x7B requests"
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
  "deepseek-v2-lite": { ...deepseek, reason: "no measurement; those of DeepSeek-V3, its family" }
}

/** Parameters of a model's twin; one that is not in the table gets those of a model that routes like it. */
export const twinParameters = (model: Model): TwinParameters => {
  if (Object.hasOwn(byModel, model.id)) return byModel[model.id]!
  return model.topK === 1
    ? { ...llama, reason: "no measurement; those of Llama 4, which is top-1 as well" }
    : { ...kimi, reason: "no measurement; those of Kimi K2, the middle of the table" }
}

/** What a fit aims at: each statistic with the range that is as good as any, and how far off it counts as one. */
import { readFileSync } from "node:fs"
import type { Statistics } from "./measure.ts"

export interface Goal {
  readonly of: keyof Statistics
  readonly least: number
  readonly most: number
  readonly tolerance: number
}

const between = (of: keyof Statistics, [least, most]: readonly [number, number], tolerance: number): Goal => ({
  of,
  least,
  most,
  tolerance
})
const at = (of: keyof Statistics, value: number, tolerance: number): Goal => between(of, [value, value], tolerance)

const { published, measured } = JSON.parse(readFileSync(new URL("targets.json", import.meta.url), "utf8"))

/** Goals that hold for each of the study's four models. The hottest expert's row may differ a little from all rows. */
const study = (id: string): ReadonlyArray<Goal> => [
  at("layer", published.layer[id], 0.006),
  at("token", published.token[id], 0.006),
  at("layerTop", published.layer[id], 0.03),
  at("tokenTop", published.token[id], 0.03),
  between("rhoFrequency", [0.78, 0.88], 0.05),
  at("languageOverlap", published.languageOverlap, 0.06)
]

/** Overlaps of the hottest experts of the phases: as published, or between that and what the model's own data show. */
const overlaps = (shown: ReadonlyArray<number> = []): ReadonlyArray<Goal> =>
  (["overlap5", "overlap10", "overlap20"] as const).map((of, n) => {
    const ends = [published[of], shown[n] ?? published[of]]
    return between(of, [Math.min(...ends), Math.max(...ends)], 0.08)
  })

/** Pairs, where a token selects several experts. */
const pairs: ReadonlyArray<Goal> = [
  between("pairShare", published.pairShare, 0.05),
  between("pairRatio", published.pairRatio, 8)
]

/** Goals that come from traces of the model itself. */
const own: Readonly<Record<string, () => ReadonlyArray<Goal>>> = {
  "deepseek-v3": () => {
    const { skew, popularity, overlapAt100DecodeTokens } = measured["deepseek-v3"]
    return [
      ...overlaps(overlapAt100DecodeTokens),
      ...pairs,
      between("skew", skew, 0.6),
      between("popularity", popularity, 0.01)
    ]
  },
  "qwen3-235b": () => [
    ...overlaps(),
    ...pairs,
    between("skew", [5, 12], 2),
    between("popularity", [0, published.token["qwen3-235b"] - 0.04], 0.01)
  ],
  "kimi-k2": () => [
    ...overlaps(),
    ...pairs,
    between("skew", [5, 12], 2),
    between("popularity", [0, published.token["kimi-k2"] - 0.03], 0.01)
  ],
  "llama4-maverick": () => {
    const { skew, repetition, popularity, diagonalLift, overlap } = measured["llama4-maverick"]
    return [
      ...overlaps(overlap),
      between("skew", [published.skewOfLlamaLayer7, skew], 2),
      at("repetition", repetition, 0.02),
      between("popularity", [popularity - 0.05, popularity], 0.02),
      at("diagonalLow", diagonalLift[0], 1),
      at("diagonalHigh", diagonalLift[1], 1)
    ]
  }
}

const traced = (id: "gpt-oss-20b" | "mixtral-8x7b"): ReadonlyArray<Goal> => {
  const m = measured[id]
  return [
    at("layer", m.layer, 0.01),
    at("token", m.token, 0.01),
    at("popularity", m.popularity, 0.01),
    at("skew", m.skew, 0.1 * m.skew),
    at("repetition", m.repetition, 0.02),
    at("pairShare", m.pairShare, 0.03),
    at("pairRatio", m.pairRatio, 0.25 * m.pairRatio),
    between("rhoFrequency", [0.78, 0.88], 0.05)
  ]
}

/** The goals of a model; fails for one that has no statistics to fit. */
export const goalsOf = (id: string): ReadonlyArray<Goal> => {
  if (id === "gpt-oss-20b" || id === "mixtral-8x7b") return traced(id)
  const more = own[id]
  if (more === undefined)
    throw new Error(
      `no statistics to fit ${id} to; there are those of ${Object.keys(own).join(", ")}, gpt-oss-20b, mixtral-8x7b`
    )
  return [...study(id), ...more()]
}

/** Signed distance from a goal in tolerances: 0 inside its range. */
export const miss = ({ of, least, most, tolerance }: Goal, got: Statistics): number =>
  (got[of] < least ? got[of] - least : got[of] > most ? got[of] - most : 0) / tolerance

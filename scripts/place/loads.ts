/** Loads to place and loads to judge on: DeepSeek-671B counts, and samples of three laws. */
import { existsSync, readFileSync } from "node:fs"
import { random, substream } from "../../packages/core/src/index.ts"

export type Rows = ReadonlyArray<ArrayLike<number>>

/** What a placement is made from and what it is judged on, one row of counts a layer. */
export interface Loads {
  readonly name: string
  readonly fit: Rows
  readonly heldOut: Rows
}

export const laws = ["Zipf(0.6)", "Zipf(1)", "log-normal"] as const
export type Law = (typeof laws)[number]

/** Selections of each layer, for the placement and again for the judgement: 2 million tokens with top-8. */
const selections = 1 << 24

/** Chances of a law, not normed, in seeded order: rank^-0.6, rank^-1, or exp of a standard normal. */
const chances = (law: Law, experts: number, seed: number): Float64Array => {
  const { below, normal } = random(seed)
  const drawn = Float64Array.from({ length: experts }, (_, i) =>
    law === "log-normal" ? Math.exp(normal()) : 1 / (i + 1) ** (law === "Zipf(1)" ? 1 : 0.6)
  )
  for (let i = experts - 1; i > 0; i--) {
    const j = below(i + 1)
    const kept = drawn[i]!
    drawn[i] = drawn[j]!
    drawn[j] = kept
  }
  return drawn
}

/** Counts of independent selections: binomial ones, drawn as normal, which so many selections are. */
const sample = (weights: Float64Array, seed: number): Uint32Array => {
  const { normal } = random(seed)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return Uint32Array.from(weights, (weight) => {
    const p = weight / total
    return Math.max(0, Math.round(selections * p + Math.sqrt(selections * p * (1 - p)) * normal()))
  })
}

/** A sample to place by and a fresh one of the same chances to judge on; every layer has its own order of experts. */
export const drawnLoads = (law: Law, layers: number, experts: number, seed = 1): Loads => {
  const rows = (what: string) =>
    Array.from({ length: layers }, (_, l) =>
      sample(chances(law, experts, substream(seed, law, "chances", l)), substream(seed, law, what, l))
    )
  return { name: law, fit: rows("fit"), heldOut: rows("held out") }
}

const counts = new URL("../../../shared/data/traces/deepseek-671b-counts/", import.meta.url)

/** Prefill to place by and decode of the same workload to judge on; none where the counts are not there. */
export const measuredLoads = (): ReadonlyArray<Loads> =>
  ["in1000out1000", "in2000out100"].flatMap((workload) => {
    const read = (phase: string): Rows | undefined => {
      const file = new URL(`${phase}_${workload}.json`, counts)
      if (!existsSync(file)) return undefined
      const { logical_count } = JSON.parse(readFileSync(file, "utf8")) as { logical_count: Rows }
      return logical_count.slice(3)
    }
    const [fit, heldOut] = [read("prefill"), read("decode")]
    return fit === undefined || heldOut === undefined ? [] : [{ name: `DeepSeek ${workload}`, fit, heldOut }]
  })

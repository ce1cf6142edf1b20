/** Moira's managed memory: what was fetched once is kept where it was needed, the busiest experts longest. */
import { makeCopies, type Worth } from "../copies/copies.ts"
import { makeSeeds } from "../copies/seed.ts"
import type { ResidencyPolicy } from "../residency.ts"

/** A step's requests count this much less at the next one: popularity of the last ten steps or so. */
const keptShare = 0.9

/** Copies of one layer that a unit gets ahead at most; more of them gain little (`docs/results/validation.md`). */
const maxSeeds = 20

/**
 * Work is only sent away from an expert's home when home would be late, which the same experts cause step after step.
 * So every expert that is read from another unit is kept there, if there is room or a copy of lesser popularity.
 * What a step leaves unused of memories and links carries more: one copy more for the expert whose holders are expected
 * to have most to do (`seed.ts`), by the prompts at first.
 * Popularity starts with the prompts' selections, scaled to one step, and follows decode with exponential decay.
 */
const retained: ResidencyPolicy = {
  contract: "residency/v1",
  id: "retained",
  title: "Busy experts are copied in spare time, what was fetched stays (Moira's)",
  needsKnowledge: true,
  prepare: (setup) => {
    const { experts, homes, knowledge } = setup
    const copies = makeCopies(setup)
    const popularity = new Float64Array(homes.length * experts)
    knowledge.prefillCounts.forEach((counts, l) => {
      const all = counts.reduce((a, b) => a + b, 0)
      for (let e = 0; e < experts; e++) popularity[l * experts + e] = all === 0 ? 0 : counts[e]! / all
    })
    const worth: Worth = (layerIndex, expert) => popularity[layerIndex * experts + expert]!
    const seed = makeSeeds(setup, copies, worth, setup.maxCopies ?? maxSeeds)
    return {
      holders: copies.holders,
      after: (layerIndex, _step, work) => {
        let tokens = 0
        for (let i = 0; i < work.count; i++) tokens += work.tokens[i]!
        const row = layerIndex * experts
        for (let e = 0; e < experts; e++) popularity[row + e]! *= keptShare
        for (let i = 0; i < work.count; i++) {
          popularity[row + work.expert[i]!]! += ((1 - keptShare) * work.tokens[i]!) / tokens
        }
        for (let i = 0; i < work.count; i++) {
          const [e, u] = [work.expert[i]!, work.unit[i]!]
          if (work.source[i] === u) continue
          if (copies.keep(layerIndex, e, u, worth)) work.localWriteBytes[u]! += work.weightBytes
        }
        seed(layerIndex, work)
      }
    }
  }
}

export default retained

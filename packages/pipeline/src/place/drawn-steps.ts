/** Decode steps out of counts: tokens that choose by the shares that were counted, and nothing else that they have in common. */
import { choosableIds, type Model, random, type Random, sharedBytes, substream } from "@moira/core"
import { type DecodeWindow } from "@moira/simulator"

/** Selections that are drawn at most; of more, fewer steps are. */
const maxSelections = 2 ** 26

export interface DrawnSteps {
  readonly model: Model
  readonly layers: ReadonlyArray<number>
  /** How often each expert was chosen, by layer index. */
  readonly counts: ReadonlyArray<ArrayLike<number>>
  /** Tokens of one step. */
  readonly tokens: number
  /** Most steps. */
  readonly steps: number
  readonly seed: number
}

/**
 * Chance that a token chooses each expert: adds up to `topK`, none above 1. What an expert is above 1 goes to the others
 * by their counts. A layer without any count chooses evenly.
 */
export const choiceChances = (counts: ArrayLike<number>, topK: number): Float64Array => {
  const weights = Float64Array.from(counts)
  const total = () => weights.reduce((sum, weight, e) => sum + (chances[e] === 1 ? 0 : weight), 0)
  const chances = new Float64Array(weights.length)
  if (weights.every((weight) => weight === 0)) return chances.fill(topK / weights.length)
  if (weights.filter((weight) => weight > 0).length <= topK) return leastChances(weights, topK)
  for (;;) {
    const left = topK - chances.reduce((sum, chance) => sum + (chance === 1 ? 1 : 0), 0)
    const all = total()
    let certain = false
    for (let e = 0; e < weights.length; e++) {
      if (chances[e] === 1) continue
      chances[e] = (left * weights[e]!) / all
      if (chances[e]! >= 1) {
        chances[e] = 1
        certain = true
      }
    }
    if (!certain) return chances
  }
}

/** As many experts as a token chooses, or fewer, have any count: all of them are certain, the rest is even. */
const leastChances = (weights: Float64Array, topK: number): Float64Array => {
  const chosen = weights.filter((weight) => weight > 0).length
  const rest = weights.length === chosen ? 0 : (topK - chosen) / (weights.length - chosen)
  return weights.map((weight) => (weight > 0 ? 1 : rest))
}

const shuffle = (order: Uint16Array, { below }: Random): void => {
  for (let i = order.length - 1; i > 0; i--) {
    const j = below(i + 1)
    const swapped = order[i]!
    order[i] = order[j]!
    order[j] = swapped
  }
}

/**
 * Systematic sampling of one step: experts are laid end to end in random order, each as long as its chance, and a token
 * takes those at u, u + 1, ... So it takes `topK` different ones, each with its chance exactly. A hot loop.
 */
const drawStep = (
  ids: Uint8Array | Uint16Array,
  at: number,
  tokens: number,
  topK: number,
  ends: Float64Array,
  order: Uint16Array,
  { uniform }: Random
) => {
  const last = order.length - 1
  for (let i = at; i < at + tokens * topK; i += topK) {
    const u = uniform()
    for (let k = 0; k < topK; k++) {
      let low = 0
      let high = last
      while (low < high) {
        const middle = (low + high) >> 1
        if (ends[middle]! > u + k) high = middle
        else low = middle + 1
      }
      ids[i + k] = order[low]!
    }
  }
}

/** Counts say nothing of zero experts: each is taken to be chosen as often as an expert on average. */
const withZeroExperts = (counts: ArrayLike<number>, choosable: number): ArrayLike<number> => {
  if (counts.length === choosable) return counts
  const all = Float64Array.from({ length: choosable }, (_, e) => counts[e] ?? 0)
  const mean = all.reduce((sum, count) => sum + count, 0) / counts.length
  return all.fill(mean, counts.length)
}

/** Steps of independent tokens, every one of which is alive; the same for the same seed. */
export const drawnSteps = ({ model, layers, counts, tokens, steps: most, seed }: DrawnSteps): DecodeWindow => {
  const { topK } = model
  const choosable = choosableIds(model)
  const steps = Math.max(1, Math.min(most, Math.floor(maxSelections / (layers.length * tokens * topK))))
  const size = layers.length * steps * tokens * topK
  const ids = choosable <= 256 ? new Uint8Array(sharedBytes(size)) : new Uint16Array(sharedBytes(2 * size))
  const order = Uint16Array.from({ length: choosable }, (_, e) => e)
  const ends = new Float64Array(choosable)
  layers.forEach((layer, l) => {
    const chances = choiceChances(withZeroExperts(counts[l]!, choosable), topK)
    const draws = random(substream(seed, "drawn-steps", layer))
    for (let step = 0; step < steps; step++) {
      shuffle(order, draws)
      let end = 0
      for (let i = 0; i < choosable; i++) {
        end += chances[order[i]!]!
        ends[i] = end
      }
      drawStep(ids, (l * steps + step) * tokens * topK, tokens, topK, ends, order, draws)
    }
  })
  return { model, layers, requests: tokens, steps, ids, decodeTokens: new Uint32Array(tokens).fill(steps) }
}

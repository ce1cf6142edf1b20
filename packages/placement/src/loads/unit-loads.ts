/**
 * What one layer step asks of each unit under a placement. Copies of an expert share its tokens evenly, as EPLB
 * counts them: a unit with two copies of an expert gets two shares, but reads the expert once.
 */
import { expertMatrices, expertParameters, expertWidth } from "@moira/core"
import type { MoeLayerShape, UnitTime } from "@moira/hardware"
import type { PlacementInput } from "../optimizer.ts"

/** By unit. */
export interface UnitLoads {
  /** Selections that it computes. */
  readonly choices: Float64Array
  /** Experts that it reads; expected ones are no whole number. */
  readonly touched: Float64Array
}

/** Copies of each of `experts` experts in one layer's slots; -1 is an empty slot. */
export const copiesOf = (slots: ArrayLike<number>, experts: number): Uint16Array => {
  const copies = new Uint16Array(experts)
  for (let s = 0; s < slots.length; s++) if (slots[s]! >= 0) copies[slots[s]!]!++
  return copies
}

/**
 * Loads of one layer whose experts were chosen `counts[expert]` times, with the experts touched by at least one: each
 * unit owns `slotsPerUnit` of `slots`.
 */
export const unitLoads = (slots: ArrayLike<number>, slotsPerUnit: number, counts: ArrayLike<number>): UnitLoads => {
  const copies = copiesOf(slots, counts.length)
  return overUnits(slots, slotsPerUnit, counts.length, (expert, held) => {
    const count = counts[expert]!
    return [(count * held) / copies[expert]!, count > 0 ? 1 : 0]
  })
}

/**
 * Chance that a token chooses each expert, from how often each was chosen: adds up to `perToken`, the experts that a token uses. A layer without any count
 * is taken to choose evenly.
 */
export const chosenShares = (counts: ArrayLike<number>, perToken: number): Float64Array => {
  let total = 0
  for (let e = 0; e < counts.length; e++) total += counts[e]!
  return Float64Array.from(counts, (count) => (total > 0 ? (perToken * count) / total : perToken / counts.length))
}

/**
 * Expected loads of a layer step of `tokens` independent tokens that choose each expert with chance `chosen[expert]`:
 * a unit with `held` of an expert's `copies` computes tokens x chosen x held / copies of its tokens, and reads it with
 * chance 1 - (1 - chosen x held / copies)^tokens, see `expert-time/touched.ts` of `@moira/hardware`.
 */
export const expectedUnitLoads = (
  slots: ArrayLike<number>,
  slotsPerUnit: number,
  chosen: ArrayLike<number>,
  tokens: number
): UnitLoads => {
  const copies = copiesOf(slots, chosen.length)
  return overUnits(slots, slotsPerUnit, chosen.length, (expert, held) => {
    const share = (chosen[expert]! * held) / copies[expert]!
    return [tokens * share, touchedShare(share, tokens)]
  })
}

/** Chance that at least one of `tokens` tokens comes, when each comes with chance `share`. */
export const touchedShare = (share: number, tokens: number): number => 1 - (1 - Math.min(1, share)) ** tokens

/** The slowest unit decides: picoseconds, not rounded, of one layer step's experts. */
export const layerTimePs = (time: UnitTime, { choices, touched }: UnitLoads): number => {
  let slowest = 0
  for (let u = 0; u < choices.length; u++) slowest = Math.max(slowest, time(u, touched[u]!, choices[u]!))
  return slowest
}

/** Mean load over the greatest of one layer, 1 where nothing is loaded: SGLang's balancedness. `units` that live count. */
export const balancedness = (choices: ArrayLike<number>, units: number = choices.length): number => {
  let sum = 0
  let greatest = 0
  for (let u = 0; u < choices.length; u++) {
    sum += choices[u]!
    greatest = Math.max(greatest, choices[u]!)
  }
  return greatest === 0 ? 1 : sum / units / greatest
}

/** What `unitTime` asks of the experts that an input places. */
export const shapeOf = ({ model, expertBytes }: Pick<PlacementInput, "model" | "expertBytes">): MoeLayerShape => ({
  hidden: expertWidth(model),
  expertFfn: model.expertFfn,
  matrices: expertMatrices(model),
  bytesPerWeight: expertBytes / expertParameters(model)
})

const overUnits = (
  slots: ArrayLike<number>,
  slotsPerUnit: number,
  experts: number,
  load: (expert: number, held: number) => readonly [choices: number, touched: number]
): UnitLoads => {
  const units = slots.length / slotsPerUnit
  const choices = new Float64Array(units)
  const touched = new Float64Array(units)
  const held = new Uint16Array(experts)
  for (let u = 0; u < units; u++) {
    const [from, to] = [u * slotsPerUnit, (u + 1) * slotsPerUnit]
    for (let s = from; s < to; s++) if (slots[s]! >= 0) held[slots[s]!]!++
    for (let s = from; s < to; s++) {
      const expert = slots[s]!
      if (expert < 0 || held[expert] === 0) continue
      const [more, read] = load(expert, held[expert]!)
      choices[u]! += more
      touched[u]! += read
      held[expert] = 0
    }
  }
  return { choices, touched }
}

/** Asks an optimizer for a placement by what may be known before a batch decodes: its prompts. */
import type { Fabric } from "@moira/hardware"
import { placeChecked, type PlacementInput, type PlacementPolicy } from "@moira/placement"
import { expertParameters } from "@moira/core"
import { Effect } from "effect"
import { countExpertTokens, makeBatch } from "../window/batch.ts"
import type { DecodeWindow } from "../window/window.ts"

/** Selections of the batch's decode steps, which are what a run is judged on. */
export const decodeCounts = (window: DecodeWindow, batch: number, steps: number): ReadonlyArray<Float64Array> => {
  const { model, layers } = window
  const of = makeBatch(window, batch)
  const expertTokens = new Uint32Array(model.experts)
  return layers.map((_, l) => {
    const sums = new Float64Array(model.experts)
    for (let step = 0; step < Math.min(steps, window.steps); step++) {
      countExpertTokens(of, l, step, expertTokens)
      for (let e = 0; e < expertTokens.length; e++) sums[e]! += expertTokens[e]!
    }
    return sums
  })
}

/**
 * Counts are those of the prompts of the window's requests, where it holds them. Oracles alone cannot do with that: they
 * are asked again with the decode steps that they will be judged on.
 */
export const placeByPrompts = Effect.fn("simulator.placeCheckedPrompts")(function* (
  optimizer: PlacementPolicy,
  window: DecodeWindow,
  fabric: Fabric,
  options: { readonly batch: number; readonly steps: number; readonly spareSlots?: number; readonly seed?: number }
) {
  const { model, layers, knowledge } = window
  const prompts = knowledge?.prefillCounts.some((counts) => counts.some((count) => count > 0))
  const input: PlacementInput = {
    model,
    layers,
    fabric,
    expertBytes: expertParameters(model) * model.servingBytesPerWeight,
    spareSlots: options.spareSlots ?? 0,
    batchTokens: options.batch,
    seed: options.seed ?? 1,
    ...(prompts === true ? { counts: knowledge!.prefillCounts } : {})
  }
  return yield* placeChecked(optimizer, input).pipe(
    Effect.catch((error) =>
      error.reason === "NeedsCounts"
        ? placeChecked(optimizer, { ...input, judgedOn: decodeCounts(window, options.batch, options.steps) })
        : Effect.fail(error)
    )
  )
})

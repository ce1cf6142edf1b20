/** Whether spare slots pay at all: a copy is one more expert to read, which small batches feel. */
import { type Placement } from "@moira/hardware"
import { type PlacementInput, type PlacementPolicy, type PlacementScore } from "@moira/placement"
import { formatCount, formatPs } from "@moira/core"
import { Effect } from "effect"

/** Less than this share of a layer step is not worth a word. */
const worthSaying = 0.01

interface Filled {
  readonly policy: PlacementPolicy
  readonly placement: Placement
}

/**
 * A line for each optimizer that filled its spare slots and would be faster without them. Both layouts are judged by
 * `score`, alike. Nothing is said where the layout has to start from a present one or around dead units.
 */
export const sparePays = Effect.fn("pipeline.sparePays")(function* <E>(
  input: PlacementInput,
  filled: ReadonlyArray<Filled>,
  score: (placement: Placement) => PlacementScore,
  place: (policy: PlacementPolicy, input: PlacementInput) => Effect.Effect<Placement, E>
) {
  const { spareSlots, batchTokens, present, deadUnits = [] } = input
  if (spareSlots === 0 || present !== undefined || deadUnits.length > 0) return []
  const said: Array<string> = []
  for (const { policy, placement } of filled.filter((layout) => layout.policy.claims?.fillsSlots === true)) {
    const without = score(yield* place(policy, { ...input, spareSlots: 0 })).times.totalPs
    const { totalPs } = score(placement).times
    if (without <= totalPs * (1 - worthSaying))
      said.push(
        `${policy.id}: without spare slots a layer step of ${formatCount(batchTokens ?? 0)} tokens takes ${formatPs(without)} instead of ` +
          `${formatPs(totalPs)}: each copy is one more expert to read; try --slots 0, or a --batch that fits`
      )
  }
  return said
})

/** Whether spare slots pay at all: a copy is one more expert to read, which small batches feel. */
import { type Placement } from "@moira/hardware"
import { type PlacementInput, type PlacementPolicy } from "@moira/placement"
import { formatCount, formatPs } from "@moira/core"
import { Effect } from "effect"

/** Less than this share of a layer step is not worth a word. */
const worthSaying = 0.01

interface Filled {
  readonly policy: PlacementPolicy
  /** Of a layer step on the traffic that leads. */
  readonly layerTimePs: number
}

/**
 * A line for each optimizer that filled its spare slots and would be faster without them; `stepPs` times others. Nothing is said where the layout has to start from a present one or around dead units.
 */
export const sparePays = Effect.fn("pipeline.sparePays")(function* <E, F>(
  input: PlacementInput,
  filled: ReadonlyArray<Filled>,
  stepPs: (placement: Placement) => Effect.Effect<number, F>,
  place: (policy: PlacementPolicy, input: PlacementInput) => Effect.Effect<Placement, E>
) {
  const { spareSlots, batchTokens, present, deadUnits = [] } = input
  if (spareSlots === 0 || present !== undefined || deadUnits.length > 0) return []
  const said: Array<string> = []
  for (const { policy, layerTimePs: totalPs } of filled.filter((layout) => layout.policy.claims?.fillsSlots === true)) {
    const without = yield* stepPs(yield* place(policy, { ...input, spareSlots: 0 }))
    if (without <= totalPs * (1 - worthSaying))
      said.push(
        `${policy.id}: without spare slots a layer step of ${formatCount(batchTokens ?? 0)} tokens takes ${formatPs(without)} instead of ` +
          `${formatPs(totalPs)}: each copy is one more expert to read; try --slots 0, or a --batch that fits`
      )
  }
  return said
})

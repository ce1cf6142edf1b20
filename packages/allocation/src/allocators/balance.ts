/** Moira's allocation: as at the last step, or at home, where that is fast enough, and the fewest, nearest moves that make it so. */
import type { AllocationPolicy } from "../allocator.ts"
import { makeOneStepLate } from "../balance/one-step-late.ts"

/**
 * A layer step is as slow as its slowest unit: its first fetch plus its arithmetic, or the reads of its memory. So all
 * work starts where it was at the layer's last step, or at home, and while a unit would be later than the rest it gives away tokens of few, large experts to units
 * with time to spare: first where the expert is read anyway, then where a copy lies, then over the fewest hops
 * (`rebalance.ts`). Tokens are moved in one piece as large as fits, never less than a block unless the rest is less.
 *
 * Where that loses less than waiting, tokens are split by a decision on the layer's last counts (`one-step-late.ts`).
 * Else units start at once with their largest expert, so a decision no longer than the first read costs nothing; they run
 * their largest tasks first, so that little is left when the last weights arrive (Johnson's rule for two machines).
 */
const balance: AllocationPolicy = {
  contract: "allocation/v1",
  id: "balance",
  title: "Balanced with the fewest moves (Moira's)",
  decides: "meanwhile",
  taskOrder: "most-tokens-first",
  prepare: makeOneStepLate
}

export default balance

/** Moira's allocation: at home where that is fast enough, and the fewest, nearest moves that make it so. */
import type { AllocationPolicy } from "../allocator.ts"
import { makeLoads } from "../balance/loads.ts"
import { makeShareOut } from "../balance/share-out.ts"
import { makeShed } from "../balance/shed.ts"

/**
 * A layer step is as slow as its slowest unit: its first fetch plus its arithmetic, or the reads of its memory. So:
 *
 * 1. experts with one holder are computed there; experts with several go to the holder that is done first, and are split
 *    only where one holder would be late (`share-out.ts`);
 * 2. while a unit's arithmetic lasts longer than the target (the mean, or the busiest memory where that is longer), it
 *    sheds tokens of few, large experts to units with time to spare: first where the expert is read anyway, then where
 *    a copy lies, then over the fewest hops (`shed.ts`).
 *
 * Tokens are moved in one piece as large as fits, never less than a block unless the rest is less. Units then run their
 * largest tasks first: arithmetic starts as soon as it can, and little is left when the last weights arrive (Johnson's
 * rule for two machines).
 */
export const balance: AllocationPolicy = {
  contract: "allocation/v1",
  id: "balance",
  title: "Balanced with the fewest moves (Moira's)",
  decides: true,
  taskOrder: "most-tokens-first",
  prepare: (setup) => {
    const loads = makeLoads(setup)
    const shareOut = makeShareOut(setup, loads)
    const shed = makeShed(setup, loads)
    return (requests, holders, allocation) => {
      loads.clear()
      shareOut(requests, holders, allocation)
      shed(holders, allocation)
    }
  }
}

export default balance

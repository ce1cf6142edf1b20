/** Every unit gets the same amount of work, blind to where experts lie: the study's Base. */
import type { AllocationPolicy } from "../allocator.ts"
import { basePieces, dealPieces } from "../base/pieces.ts"

/** Every expert's tokens in {@link basePieces} equal pieces, dealt to units in expert order. */
const even: AllocationPolicy = {
  contract: "allocation/v1",
  id: "even",
  title: "Even pieces, blind to placement (the study's Base)",
  stateless: true,
  prepare: dealPieces(basePieces)
}

export default even

/** EPLB without regard to servers: better balance, more traffic between servers. */
import { eplbShape, placeByEplb } from "./eplb/place.ts"
import { globalShape } from "./eplb/rebalance.ts"
import type { PlacementPolicy } from "../optimizer.ts"

/** The reference's global policy, also where its hierarchical one would apply. */
const eplbGlobal: PlacementPolicy = {
  contract: "placement/v1",
  id: "eplb-global",
  title: "EPLB, global",
  claims: { fillsSlots: true },
  place: (input) => placeByEplb(input, (of) => globalShape(eplbShape(of)))
}

export default eplbGlobal

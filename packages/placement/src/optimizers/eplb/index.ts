/** EPLB, the placement that serving engines ship: the reference's slots, or its loads where its sorts tie. */
import { eplbShape, placeByEplb } from "./place.ts"
import type { PlacementPolicy } from "../../optimizer.ts"

/**
 * Hierarchical where the model's routing groups divide by the servers (groups stay on one server), global where they do
 * not. Copies of one expert may share a unit.
 */
const eplb: PlacementPolicy = {
  contract: "placement/v1",
  id: "eplb",
  title: "EPLB",
  claims: { fillsSlots: true },
  place: (input) => placeByEplb(input, eplbShape)
}

export default eplb

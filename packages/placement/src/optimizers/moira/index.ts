/** Moira's placement: copies and positions together, balanced for the load that comes and not only for the one that was. */
import { Effect } from "effect"
import { checkInput } from "../../input/check-input.ts"
import { migrate } from "./migrate.ts"
import { placeLayers } from "./place.ts"
import { checkPresent } from "./present.ts"
import type { LayerwisePlacement, PlacementPolicy } from "../../optimizer.ts"
import { placementOf } from "../../search/setup.ts"

const layerwise: LayerwisePlacement = {
  check: (input) => Effect.andThen(checkInput(input, { needs: ["counts"] }), checkPresent(input)),
  rows: placeLayers,
  join: (input, rows) => Effect.map(migrate(input, rows), (placed) => placementOf(input, placed))
}

/**
 * Layer by layer: copies and positions are annealed from a greedy start so that the fullest unit is as empty as it can be, on the
 * counts and after drift as it was measured. Groups stay on one server, and balance gives way to the clock at one
 * batch size, only where the machine's own times say that it pays well. A migration budget goes to the slots that help most;
 * slots that it does not reach stay as they are, also empty.
 */
const moira: PlacementPolicy = {
  contract: "placement/v1",
  id: "moira",
  title: "Moira",
  claims: { distinctCopies: true, fillsSlots: true, keepsBudget: true, avoidsDeadUnits: true },
  place: Effect.fnUntraced(function* (input) {
    yield* layerwise.check(input)
    return yield* layerwise.join(input, placeLayers(input))
  }),
  layerwise
}

export default moira

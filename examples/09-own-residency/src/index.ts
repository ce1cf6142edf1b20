/**
 * Key concept: a residency says who holds which expert while a batch decodes.
 *
 * [1] `holders` is asked before each layer step, `after` is told what units read from each other in it.
 * [2] this one keeps nothing, as `fixed` does: the smallest policy that there is. `retained` and `predicted` of
 *     `@moira/allocation` keep copies.
 */
import { type ResidencyPolicy } from "@moira/allocation"

const residency: ResidencyPolicy = {
  contract: "residency/v1",
  id: "own-residency",
  title: "Own residency: as placed",
  needsKnowledge: false,
  // [1] [2]
  prepare: ({ homes }) => ({ holders: (layerIndex) => homes[layerIndex]!, after: () => undefined })
}

export default residency

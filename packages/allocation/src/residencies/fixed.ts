/** Experts lie where the placement puts them; nothing is ever copied. */
import type { ResidencyPolicy } from "../residency.ts"

const fixed: ResidencyPolicy = {
  contract: "residency/v1",
  id: "fixed",
  title: "As placed",
  needsKnowledge: false,
  stateless: true,
  prepare: ({ homes }) => ({ holders: (layerIndex) => homes[layerIndex]!, after: () => {} })
}

export default fixed

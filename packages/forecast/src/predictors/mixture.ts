import { combination } from "../parts/combination.ts"
import { mix } from "../parts/mix.ts"
import { allMembers } from "../parts/members.ts"

/** Combines what is known one MoE layer ahead. */
const mixture = combination(
  {
    id: "mixture",
    title: "Mixture",
    description:
      "weighted mean of all single predictors, with weights of each layer that make validation requests likeliest"
  },
  allMembers,
  mix
)

export default mixture

import { combination } from "../parts/combination.ts"
import { mix } from "../parts/mix.ts"
import { tokenMembers } from "../parts/members.ts"

/** Combines what is known one token ahead, for tiers too slow for a lead of one layer. */
const mixtureToken = combination(
  {
    id: "mixture-token",
    title: "Mixture, one token ahead",
    description: "as the mixture, without what is only known at the MoE layer before"
  },
  tokenMembers,
  mix
)

export default mixtureToken

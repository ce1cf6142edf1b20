import { combination } from "../parts/combination.ts"
import { logLinear } from "../parts/log-linear.ts"
import { tokenFactors } from "../parts/members.ts"

/** Combines what is known one token ahead, for tiers too slow for a lead of one layer. */
const logLinearToken = combination(
  {
    id: "log-linear-token",
    title: "Log-linear, one token ahead",
    description: "as log-linear, without what is only known at the MoE layer before"
  },
  tokenFactors,
  logLinear
)

export default logLinearToken

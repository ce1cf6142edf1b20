import { combination } from "../parts/combination.ts"
import { logLinear as fit } from "../parts/log-linear.ts"
import { allFactors } from "../parts/members.ts"

/** Combines what is known one MoE layer ahead. */
const logLinear = combination(
  {
    id: "log-linear",
    title: "Log-linear",
    description:
      "product of single predictors, one for each source of knowledge, each to a power that makes validation requests likeliest"
  },
  allFactors,
  fit
)

export default logLinear

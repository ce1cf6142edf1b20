import { figure } from "../../../figure.ts"
import { crossTokenOf } from "../relations.ts"
import { degenerateNote } from "./degenerate.ts"
import { relationCoverage } from "./relation-coverage.ts"

/** Ob2 over depth: held-out coverage against popularity. */
export const crossTokenCoverage = figure("cross-token-coverage", "temporal", (evidence) => {
  const named = crossTokenOf(evidence)
  if (named === undefined) return undefined
  return {
    title: "Next token (Ob2): coverage over depth",
    caption:
      "The distance from popularity to held out is what knowing this token's expert adds at that layer; the band is the " +
      "95 % bootstrap interval over requests. Across tasks, half of the tasks choose and the other half judge." +
      degenerateNote(named.relation.degenerateLayers),
    picture: relationCoverage(named)
  }
})

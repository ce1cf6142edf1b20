import { figure } from "../../../figure.ts"
import { crossLayerOf } from "../relations.ts"
import { degenerateNote } from "./degenerate.ts"
import { relationCoverage } from "./relation-coverage.ts"

/** Ob1 over depth: held-out coverage against popularity. */
export const crossLayerCoverage = figure("cross-layer-coverage", "temporal", (evidence) => {
  const named = crossLayerOf(evidence)
  if (named === undefined) return undefined
  return {
    title: "Next layer (Ob1): coverage over depth",
    caption:
      "The distance from popularity to held out is what knowing this layer's expert adds at that depth; the band is the " +
      "95 % bootstrap interval over requests. Across tasks, half of the tasks choose and the other half judge. In-sample coverage counts the requests it was chosen on." +
      degenerateNote(named.relation.degenerateLayers),
    picture: relationCoverage(named)
  }
})

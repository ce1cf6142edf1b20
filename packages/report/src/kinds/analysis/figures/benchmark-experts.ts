import { spatialOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { profilesAtOneLayer, taskMatrix } from "./task-matrix.ts"

/** Ob4: the most selected experts of each benchmark at one layer (Figure 8 of the study). */
export const benchmarkExperts = figure("benchmark-experts", "spatial", (evidence) => {
  const profiles = profilesAtOneLayer(spatialOf(evidence)?.profiles ?? [], "benchmark")
  if (profiles.length < 2) return undefined
  return {
    title: `Hot experts of each benchmark at layer ${profiles[0]!.layer} (Ob4)`,
    caption: "A dot is one of a benchmark's most selected experts, its area the share of selections.",
    picture: taskMatrix(profiles)
  }
})

import { spatialOf } from "../../../evidence.ts"
import { figure } from "../../../figure.ts"
import { profilesAtOneLayer, taskMatrix } from "./task-matrix.ts"

/** Ob4: the most selected experts of each language at one layer (Figure 8 of the study). */
export const languageExperts = figure("language-experts", "spatial", (documents) => {
  const profiles = profilesAtOneLayer(spatialOf(documents)?.profiles ?? [], "language")
  if (profiles.length < 2) return undefined
  return {
    title: `Hot experts of each language at layer ${profiles[0]!.layer} (Ob4)`,
    caption: "A dot is one of a language's most selected experts, its area the share of selections.",
    picture: taskMatrix(profiles)
  }
})

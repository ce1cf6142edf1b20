import type { TaskProfile } from "@moira/results"
import { spatialOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { integer } from "../../../format.ts"
import { profilesAtOneLayer, sharing, taskMatrix } from "./task-matrix.ts"
import { seriated } from "./task-order.ts"

/** Rows for which a page has room. */
const maxRows = 60

/** The tasks with the most requests, in the order given. */
const largest = (profiles: ReadonlyArray<TaskProfile>): ReadonlyArray<TaskProfile> => {
  const kept = new Set(profiles.toSorted((a, b) => b.requests - a.requests).slice(0, maxRows))
  return profiles.filter((profile) => kept.has(profile))
}

/** Ob4: the most selected experts of each subject at one layer (Figure 8 of the study). */
export const subjectExperts = figure("subject-experts", "spatial", (evidence) => {
  const spatial = spatialOf(evidence)
  const order = seriated(spatial?.distances.filter((d) => d.kind === "subject") ?? [])
  // Subjects that select alike stand together, as in the figure of their distances.
  const profiles = profilesAtOneLayer(spatial?.profiles ?? [], "subject").toSorted(
    (a, b) => order.indexOf(a.name) - order.indexOf(b.name)
  )
  if (profiles.length < 2) return undefined
  const drawn = largest(profiles)
  const experts = sharing(drawn)
  const shared = experts.filter((e) => e.group === "shared").length
  const single = experts.filter((e) => e.group === "single").length
  return {
    title: `Hot experts of each subject at layer ${profiles[0]!.layer} (Ob4)`,
    caption:
      `A dot is one of a subject's most selected experts, its area the share of selections. Of ${integer(experts.length)} experts, ` +
      `${integer(shared)} are hot in at least half of the ${integer(drawn.length)} subjects and ${integer(single)} in a single one.` +
      (drawn.length < profiles.length
        ? ` Drawn are the ${maxRows} subjects with the most requests of ${integer(profiles.length)}.`
        : ""),
    picture: taskMatrix(drawn)
  }
})

/** Sections that analyses of traces and of counts share. */
import type { SectionHeading } from "../../reported-kind.ts"

export const phasesSection: SectionHeading = {
  id: "phases",
  order: 800,
  title: "Prefill to decode",
  lead: "Whether the experts that a prompt selects are those that its answer will select."
}

export const spatialSection: SectionHeading = {
  id: "spatial",
  order: 900,
  title: "Spatial patterns",
  lead: "Which experts are hot, for which tasks, and which are selected together."
}

/** What a residency policy asks for beyond what there is, and what a run says of it. */
import type { Knowledge, ResidencyPolicy } from "@moira/allocation"

/** Copies of one layer that a policy may keep on each unit: those that fit, or all experts where it ignores capacity. */
export const allowedCopies = ({ ignoresCapacity }: ResidencyPolicy, fit: Uint32Array, experts: number): Uint32Array =>
  ignoresCapacity === true ? new Uint32Array(fit.length).fill(experts) : fit

/** `fit` are the copies of one layer that fit on each unit. */
export const residencyWarnings = (
  { id, ignoresCapacity, candidates = 0 }: ResidencyPolicy,
  fit: Uint32Array,
  knowledge: Knowledge | undefined
): ReadonlyArray<string> => [
  ...(ignoresCapacity === true
    ? [
        `residency ${id} ignores capacity: it keeps copies of all experts where ` +
          `${fit.reduce((least, copies) => Math.min(least, copies), Infinity)} a layer and unit fit; no such machine can be built`
      ]
    : []),
  ...(knowledge !== undefined && candidates > knowledge.candidates
    ? [
        `residency ${id} reads ${candidates} candidates of each heatmap row, of which ${knowledge.candidates} were loaded: ` +
          "give loadKnowledge as many `candidates`"
      ]
    : [])
]

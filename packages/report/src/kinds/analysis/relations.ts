/** The two relations in time that are measured the same way: Ob1 and Ob2 of the study. */
import type { Relation, RelationLayer, Evidence } from "@moira/results"
import { temporalOf } from "./found.ts"

export interface NamedRelation {
  readonly id: "cross-layer" | "cross-token"
  /** With the study's number. */
  readonly title: string
  /** What is foreseen, for sentences. */
  readonly next: string
  readonly relation: Relation
}

export const crossLayerOf = (evidence: Evidence): NamedRelation | undefined => {
  const relation = temporalOf(evidence)?.crossLayer
  return relation === null || relation === undefined || relation.layers.length === 0
    ? undefined
    : { id: "cross-layer", title: "Next layer (Ob1)", next: "the next MoE layer", relation }
}

export const crossTokenOf = (evidence: Evidence): NamedRelation | undefined => {
  const relation = temporalOf(evidence)?.crossToken
  return relation === null || relation === undefined || relation.layers.length === 0
    ? undefined
    : { id: "cross-token", title: "Next token (Ob2)", next: "the next token", relation }
}

/** Those of the two that the documents hold. */
export const relationsOf = (evidence: Evidence): ReadonlyArray<NamedRelation> =>
  [crossLayerOf(evidence), crossTokenOf(evidence)].filter((relation) => relation !== undefined)

/** Held-out coverage minus that of popularity: what the condition adds. `null` where either is not measured. */
export const lift = (coverage: RelationLayer["coverage"]): number | null =>
  coverage.heldOut === null || coverage.popularity === null ? null : coverage.heldOut - coverage.popularity

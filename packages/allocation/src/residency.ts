/** The seam to managed memory: which units hold copies of which experts while a batch decodes? */
import type { CostModel, Fabric, LayerWork, Holders } from "@moira/hardware"
import { pluginKind, Stage } from "@moira/core"

/** Version of the residency contract. */
export const residencyContract = "residency/v1"

/** What is known of the requests before their first decode step. */
export interface Knowledge {
  /** By layer index: selections of each expert by the prompts. */
  readonly prefillCounts: ReadonlyArray<Uint32Array>
  /** Candidates in a row of `crossToken`. */
  readonly candidates: number
  /**
   * By layer index: the experts that prompts chose most often right after expert `i`, best first, at `i * candidates`;
   * 0xffff where fewer were ever seen.
   */
  readonly crossToken: ReadonlyArray<Uint16Array>
}

export interface ResidencySetup {
  readonly fabric: Fabric
  readonly experts: number
  /** Where experts lie for good, by layer index. */
  readonly homes: ReadonlyArray<Holders>
  /** By unit: copies that fit beside the experts that lie there for good, of one layer. */
  readonly spareCopies: Uint32Array
  /** Copies of one layer that may be made ahead on a unit, at most; the policy's own limit when left out. */
  readonly maxCopies?: number
  /** The machine's own costs, of the weights that are read. */
  readonly cost: CostModel
  readonly knowledge: Knowledge
}

export interface PreparedResidency {
  /** Who holds what at a layer now; valid until the next call of `after`. */
  readonly holders: (layerIndex: number) => Holders
  /**
   * Called when the tasks of a layer step are known: what a unit reads from another may be kept there from the next
   * step on; its bytes are then added to `work.localWriteBytes`. Whatever else is to lie somewhere is copied in this step, by
   * `pushCopy` of `@moira/hardware`: once for an expert and unit, from a holder, where the unit has no task of it. Hot; must not allocate.
   */
  readonly after: (layerIndex: number, step: number, work: LayerWork) => void
}

/** A way to keep copies. Deterministic: the same steps give the same copies. */
export interface ResidencyPolicy {
  readonly contract: typeof residencyContract
  readonly id: string
  readonly title: string
  /** Whether it reads {@link Knowledge}; else that is empty. */
  readonly needsKnowledge: boolean
  /** Candidates of each heatmap row that it reads, which knowledge then holds; as many as there are when left out. */
  readonly candidates?: number
  /** Keeps copies as if every unit had room for all experts, which results warn of. */
  readonly ignoresCapacity?: boolean
  /** Whether experts lie at home whatever is done, so that steps may be left out of a run; claimed where it holds. */
  readonly stateless?: true
  /** The largest model that its tables hold, where they are limited. */
  readonly limits?: { readonly experts: number; readonly layers: number }
  readonly prepare: (setup: ResidencySetup) => PreparedResidency
}

/** How residency policies are found by name, package or path. */
export const residencyKind = pluginKind<ResidencyPolicy>({
  name: "residency",
  title: "residency policy",
  contract: residencyContract,
  home: "@moira/allocation/residencies",
  from: import.meta.url,
  form: {
    id: "id",
    title: "text",
    prepare: "function",
    needsKnowledge: "boolean",
    "candidates?": "whole",
    "ignoresCapacity?": "boolean",
    "limits?": "object"
  }
})

/** The residency policy that a pipeline uses. */
export class Residency extends Stage<Residency>()("@moira/allocation/Residency", residencyKind) {}

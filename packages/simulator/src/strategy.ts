/** A strategy names a placement, an allocator and a residency policy, and how units run; it is plain data, one file each. */
import type { AllocationPolicy } from "@moira/allocation"
import { pluginKind } from "@moira/core"

export const strategyContract = "strategy/v1"

export interface Strategy {
  readonly contract: typeof strategyContract
  readonly name: string
  readonly title: string
  /** Name, package or path of a placement optimizer; a path, as those below, is seen from the strategy's own file. */
  readonly placement: string
  /** Name, package or path of an allocator. */
  readonly allocator: string
  /** Name, package or path of a residency policy; `fixed` when left out: nothing is copied. */
  readonly residency?: string
  /** When its allocator's decision is waited for, instead of as the allocator says; nothing where that decides nothing. */
  readonly decides?: NonNullable<AllocationPolicy["decides"]>
  /** Instead of the allocator's own. */
  readonly taskOrder?: NonNullable<AllocationPolicy["taskOrder"]>
}

/** How strategies are found by name, package or path. */
export const strategyKind = pluginKind<Strategy>({
  name: "strategy",
  contract: strategyContract,
  home: "@moira/simulator/strategies",
  from: import.meta.url,
  form: {
    name: "text",
    title: "text",
    placement: "text",
    allocator: "text",
    "residency?": "text",
    "decides?": ["before", "meanwhile"],
    "taskOrder?": ["expert", "most-tokens-first"]
  }
})

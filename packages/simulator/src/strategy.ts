/** A strategy names a placement, an allocator and a residency policy; it is plain data, one file each. */
import { Predicate } from "effect"
import type { PluginKind } from "@moira/core"

export const strategyContract = "strategy/v1"

export interface Strategy {
  readonly contract: typeof strategyContract
  readonly name: string
  readonly title: string
  /** Name, package or path of a placement optimizer. */
  readonly placement: string
  /** Name, package or path of an allocator. */
  readonly allocator: string
  /** Name, package or path of a residency policy; `fixed` when left out: nothing is copied. */
  readonly residency?: string
}

/** How strategies are found by name, package or path. */
export const strategyKind: PluginKind<Strategy> = {
  kind: "strategy",
  folder: new URL("./strategies/", import.meta.url),
  is: (value): value is Strategy => Predicate.hasProperty(value, "contract") && value.contract === strategyContract
}

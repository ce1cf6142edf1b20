/** An allocator whose answers are looked at: every token handed out once, its inputs left alone. */
import {
  amountFault,
  type Called,
  calling,
  enter,
  fingerprint,
  leave,
  numberOf,
  type PluginFault,
  pluginFault,
  shown,
  threw,
  whenToLook,
  type WrongAnswer
} from "@moira/core"
import { type Holders, holdersPrint } from "@moira/hardware"
import type { AllocationPolicy } from "./allocator.ts"

const calledAs = (plugin: AllocationPolicy): Called => ({
  kind: "allocator",
  plugin,
  kit: "allocatorConformance of @moira/allocation/testing"
})

/** Tokens of expert `e` that were lost or handed out twice; who turns an allocation into tasks counts them on its way. */
export const tokensFault = (
  policy: AllocationPolicy,
  at: string,
  e: number,
  { expertTokens, allocation }: { readonly expertTokens: Uint32Array; readonly allocation: Uint32Array }
): PluginFault => {
  const units = allocation.length / expertTokens.length
  const given = allocation.subarray(e * units, (e + 1) * units).reduce((sum, tokens) => sum + tokens, 0)
  const what = `hands out ${given} of ${expertTokens[e]} tokens`
  return pluginFault(calledAs(policy), `${at}, expert ${e}`, { reason: "WrongSum", what })
}

const inputsPrint = (expertTokens: Uint32Array, holders: Holders, homes: Holders): number =>
  fingerprint(expertTokens) + 3 * holdersPrint(holders) + (homes === holders ? 0 : 5 * holdersPrint(homes))

/** Why a value is no number of cycles. */
const cyclesFault = (cycles: unknown): WrongAnswer =>
  amountFault(cycles, "the cycles of its decision") ?? {
    reason: Number.isInteger(cycles) ? "OutOfRange" : "NotWhole",
    what: `gives ${shown(cycles)} for the cycles of its decision`
  }

/**
 * `policy` with checks of every call, but for its sums, which are {@link tokensFault}'s. `at` says which layer step runs,
 * and is asked only when there is something to tell.
 */
export const checkedAllocator = (policy: AllocationPolicy, at: () => string): AllocationPolicy => {
  const called = calledAs(policy)
  const prepare: AllocationPolicy["prepare"] = (setup) => {
    const allocate = calling(called, "prepare", () => policy.prepare(setup))
    if (typeof allocate !== "function")
      throw pluginFault(called, "prepare", { reason: "WrongShape", what: `gives ${shown(allocate)}, not a function` })
    const looked = whenToLook(called)
    const number = numberOf(called)
    return (expertTokens, holders, allocation, homes = holders) => {
      const look = looked()
      const before = look ? inputsPrint(expertTokens, holders, homes) : 0
      let cycles: number | void
      const outer = enter(number)
      try {
        cycles = allocate(expertTokens, holders, allocation, homes)
      } catch (cause) {
        throw threw(called, at(), cause)
      }
      leave(outer)
      if (look && inputsPrint(expertTokens, holders, homes) !== before)
        throw pluginFault(called, at(), { reason: "ChangedInput", what: "writes to the requests or to who holds them" })
      if (cycles === undefined || (Number.isSafeInteger(cycles) && cycles >= 0)) return cycles
      throw pluginFault(called, at(), cyclesFault(cycles))
    }
  }
  return Object.create(policy, { prepare: { value: prepare } }) as AllocationPolicy
}

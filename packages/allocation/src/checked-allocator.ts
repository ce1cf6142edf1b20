/** An allocator whose answers are looked at: every token handed out once, its inputs left alone. */
import { amountFault, type Called, calling, fingerprint, pluginFault, shown, threw } from "@moira/core"
import type { Holders } from "@moira/hardware"
import type { AllocateStep, AllocationPolicy } from "./allocator.ts"

/** The first expert that `allocation` gives more or fewer tokens than `requests`, or -1; hot. */
export const wrongExpert = (requests: Uint32Array, allocation: Uint32Array, units: number): number => {
  for (let e = 0, i = 0; e < requests.length; e++) {
    let given = 0
    for (const end = i + units; i < end; i++) given += allocation[i]!
    if (given !== requests[e]) return e
  }
  return -1
}

const handedOut = (allocation: Uint32Array, units: number, e: number): number =>
  allocation.subarray(e * units, (e + 1) * units).reduce((sum, tokens) => sum + tokens, 0)

const holdersPrint = ({ start, unit }: Holders): number =>
  fingerprint(start) + 3 * fingerprint(unit, start[start.length - 1])

/** `policy` with checks of every call; `at` says which layer step runs, and is asked only when there is something to tell. */
export const checkedAllocator = (policy: AllocationPolicy, at: () => string): AllocationPolicy => {
  const called: Called = {
    kind: "allocator",
    plugin: policy,
    kit: "allocatorConformance of @moira/allocation/testing"
  }
  const prepare: AllocationPolicy["prepare"] = (setup) => {
    const { units } = setup.fabric
    const allocate = calling(called, "prepare", () => policy.prepare(setup))
    if (typeof allocate !== "function")
      throw pluginFault(called, "prepare", { reason: "WrongShape", what: `gives ${shown(allocate)}, not a function` })
    const run = (...[requests, holders, allocation, homes]: Parameters<AllocateStep>): number | void => {
      try {
        return allocate(requests, holders, allocation, homes)
      } catch (cause) {
        throw threw(called, at(), cause)
      }
    }
    return (requests, holders, allocation, homes) => {
      const [asked, held] = [fingerprint(requests), holdersPrint(holders)]
      const atHome = homes === undefined || homes === holders ? held : holdersPrint(homes)
      const cycles = run(requests, holders, allocation, homes)
      if (fingerprint(requests) !== asked)
        throw pluginFault(called, at(), { reason: "ChangedInput", what: "writes to the requests" })
      if (
        holdersPrint(holders) !== held ||
        (homes !== undefined && holdersPrint(homes) !== (homes === holders ? held : atHome))
      )
        throw pluginFault(called, at(), { reason: "ChangedInput", what: "writes to the holders of experts" })
      if (cycles !== undefined) {
        const wrong = amountFault(cycles, "the cycles of its decision")
        if (wrong !== undefined) throw pluginFault(called, at(), wrong)
      }
      const e = wrongExpert(requests, allocation, units)
      if (e < 0) return cycles
      const what = `hands out ${handedOut(allocation, units, e)} of ${requests[e]} tokens`
      throw pluginFault(called, `${at()}, expert ${e}`, { reason: "WrongSum", what })
    }
  }
  return Object.create(policy, { prepare: { value: prepare } }) as AllocationPolicy
}

/** Networks and engines whose answers are looked at: whole, finite picoseconds. */
import { type Called, calling, everySoOften, pluginFault, shown, threw, type WrongAnswer } from "@moira/core"
import type { Demand } from "./demand.ts"
import type { Engine } from "./engine.ts"
import type { Fabric } from "./machine.ts"
import type { NetworkModel, Watch } from "./network.ts"
import bottleneck from "./networks/bottleneck.ts"
import type { LayerWork } from "./work.ts"

/** Why a value is no makespan, or undefined: whole picoseconds from 0 on. Beyond 2^53 every number is whole. */
const makespanFault = (ps: unknown): WrongAnswer | undefined => {
  if (typeof ps !== "number") return { reason: "WrongShape", what: `gives ${shown(ps)}, not picoseconds` }
  if (!Number.isFinite(ps)) return { reason: "NotFinite", what: `gives ${ps} ps` }
  if (ps < 0) return { reason: "Negative", what: `gives ${ps} ps` }
  return Number.isInteger(ps) ? undefined : { reason: "NotWhole", what: `gives ${ps} ps, not whole picoseconds` }
}

/** The first `count` tasks of a step as one number: those that only read them leave it as it is. Hot; see `fingerprint`. */
export const workPrint = (work: LayerWork, count = work.count): number => {
  const { expert, unit, source, tokens, cached, firstReads, decidedPs } = work
  let sum = count
  for (let i = 0; i < count; i++) {
    const places = expert[i]! + (unit[i]! << 12) + (source[i]! << 22)
    sum =
      (sum + Math.imul(2 * i + 1, places + Math.imul(tokens[i]!, 7) + (cached[i]! << 30) + (firstReads[i]! << 31))) | 0
  }
  return sum + decidedPs
}

/** What links carry, memories give and units compute, as one number; hot. */
const demandPrint = ({ linkBytes, memoryBytes, computePs }: Demand): number => {
  let sum = 0
  for (let i = 0; i < linkBytes.length; i++) sum += linkBytes[i]!
  for (let u = 0; u < computePs.length; u++) sum += memoryBytes[u]! + computePs[u]!
  return sum
}

/** Whether a machine is too slow for whole picoseconds whatever the model: then no network is to blame. */
const endless = (fabric: Fabric, work: LayerWork, demand: Demand): boolean =>
  !Number.isSafeInteger(bottleneck.prepare(fabric)(work, demand))

/** `network` with checks of every call; `at` says which layer step runs, and is asked only when there is something to tell. */
export const checkedNetwork = (network: NetworkModel, at: () => string): NetworkModel => {
  const called: Called = {
    kind: "network model",
    plugin: network,
    kit: "networkConformance of @moira/hardware/testing"
  }
  const prepare = (fabric: Fabric, watch?: Watch) => {
    const makespan = calling(called, "prepare", () => network.prepare(fabric, watch))
    if (typeof makespan !== "function")
      throw pluginFault(called, "prepare", { reason: "WrongShape", what: `gives ${shown(makespan)}, not a function` })
    const looked = everySoOften()
    return (work: LayerWork, demand: Demand): number => {
      const look = looked()
      const tasks = look ? workPrint(work) : 0
      const asked = look ? demandPrint(demand) : 0
      let ps: number
      try {
        ps = makespan(work, demand)
      } catch (cause) {
        throw threw(called, at(), cause)
      }
      // A demand of infinite bytes has no print.
      if (look && (workPrint(work) !== tasks || (demandPrint(demand) !== asked && Number.isFinite(asked))))
        throw pluginFault(called, at(), { reason: "ChangedInput", what: "writes to the work that it times" })
      if (Number.isSafeInteger(ps) && ps >= 0) return ps
      const wrong = makespanFault(ps)
      if (wrong !== undefined && !(ps === Infinity && endless(fabric, work, demand)))
        throw pluginFault(called, at(), wrong)
      return ps
    }
  }
  return Object.create(network, { prepare: { value: prepare } }) as NetworkModel
}

type MakeEngine = (fabric: Fabric, network: NetworkModel) => Engine

/** A backend's engine with checks of every call, as {@link checkedNetwork}; `plugin` is the backend. */
export const checkedEngine = (plugin: { readonly id: string }, make: MakeEngine, at: () => string): MakeEngine => {
  const called: Called = { kind: "hardware backend", plugin, kit: "conformance of @moira/hardware/testing" }
  return (fabric, network) => {
    const engine = calling(called, "engine", () => make(fabric, network))
    if (typeof engine?.step !== "function" || typeof engine.demand !== "object")
      throw pluginFault(called, "engine", { reason: "WrongShape", what: `gives ${shown(engine)}, not an engine` })
    const step = (work: LayerWork): number => {
      let ps: number
      try {
        ps = engine.step(work)
      } catch (cause) {
        throw threw(called, at(), cause)
      }
      if (Number.isSafeInteger(ps) && ps >= 0) return ps
      const wrong = makespanFault(ps)
      if (wrong !== undefined && !(ps === Infinity && endless(fabric, work, engine.demand)))
        throw pluginFault(called, at(), wrong)
      return ps
    }
    return { demand: engine.demand, step }
  }
}

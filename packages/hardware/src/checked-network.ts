/** Networks and engines whose answers are looked at: whole, finite picoseconds. */
import { type Called, calling, fingerprint, pluginFault, shown, threw, type WrongAnswer } from "@moira/core"
import type { Demand } from "./demand.ts"
import type { Engine } from "./engine.ts"
import type { Fabric } from "./machine.ts"
import type { NetworkModel, Watch } from "./network.ts"
import { bottleneck } from "./networks/bottleneck.ts"
import type { LayerWork } from "./work.ts"

/** Why a value is no makespan, or undefined: whole picoseconds from 0 on. Beyond 2^53 every number is whole. */
export const makespanFault = (ps: unknown): WrongAnswer | undefined => {
  if (typeof ps !== "number") return { reason: "WrongShape", what: `gives ${shown(ps)}, not picoseconds` }
  if (!Number.isFinite(ps)) return { reason: "NotFinite", what: `gives ${ps} ps` }
  if (ps < 0) return { reason: "Negative", what: `gives ${ps} ps` }
  return Number.isInteger(ps) ? undefined : { reason: "NotWhole", what: `gives ${ps} ps, not whole picoseconds` }
}

/** The tasks of a step as one number: those that only read them leave it as it is. Hot; see `fingerprint`. */
export const workPrint = ({ count, expert, unit, source, tokens, cached, early, decidedPs }: LayerWork): number => {
  let sum = count + decidedPs
  for (let i = 0; i < count; i++) {
    const task = expert[i]! + 3 * unit[i]! + 5 * source[i]! + 7 * tokens[i]! + 11 * cached[i]! + 13 * early[i]!
    sum += (i + 1) * task
  }
  return sum
}

/** What a unit computes and reads, as one number. */
const demandPrint = ({ linkBytes, memoryBytes, computePs }: Demand): number =>
  fingerprint(linkBytes) + fingerprint(memoryBytes) + fingerprint(computePs)

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
    return (work: LayerWork, demand: Demand): number => {
      const [tasks, asked] = [workPrint(work), demandPrint(demand)]
      let ps: number
      try {
        ps = makespan(work, demand)
      } catch (cause) {
        throw threw(called, at(), cause)
      }
      // A demand of infinite bytes has no print.
      if (workPrint(work) !== tasks || (demandPrint(demand) !== asked && Number.isFinite(asked)))
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

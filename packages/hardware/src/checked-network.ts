/** Networks and engines whose answers are looked at: whole, finite picoseconds. */
import {
  amountFault,
  builtIn,
  type Called,
  calling,
  enter,
  leave,
  numberOf,
  pluginFault,
  shown,
  threw,
  whenToLook,
  type WrongAnswer
} from "@moira/core"
import type { Demand } from "./demand.ts"
import { barrierEngine } from "./barrier.ts"
import { type Engine, sharedEngine } from "./engine.ts"
import type { Fabric } from "./machine.ts"
import type { NetworkModel, Watch } from "./network.ts"
import bottleneck from "./networks/bottleneck.ts"
import { demandPrint, wholeWorkPrint, workPrint } from "./prints.ts"
import type { LayerWork } from "./work.ts"

/** Why a value is no makespan, or undefined: whole picoseconds from 0 on, below 2^53, from where every number is whole. */
const makespanFault = (ps: unknown): WrongAnswer | undefined => {
  if (typeof ps !== "number") return { reason: "WrongShape", what: `gives ${shown(ps)}, not picoseconds` }
  if (!Number.isFinite(ps)) return { reason: "NotFinite", what: `gives ${ps} ps` }
  if (ps < 0) return { reason: "Negative", what: `gives ${ps} ps` }
  if (!Number.isInteger(ps)) return { reason: "NotWhole", what: `gives ${ps} ps, not whole picoseconds` }
  return Number.isSafeInteger(ps) ? undefined : { reason: "OutOfRange", what: `gives ${ps} ps, more than 2^53` }
}

/**
 * Why a makespan that is unlikely cannot be, or undefined. The closed form tells what no network is to blame for: a machine
 * that is too slow for whole picoseconds, and a step that asks for nothing.
 */
const unlikelyFault = (ps: unknown, fabric: Fabric, work: LayerWork, demand: Demand): WrongAnswer | undefined => {
  const closedPs = bottleneck.prepare(fabric)(work, demand)
  if (ps === 0) return closedPs === 0 ? undefined : { reason: "OutOfRange", what: `gives 0 ps for ${work.count} tasks` }
  const isEndless = typeof ps === "number" && ps > 0 && !Number.isSafeInteger(closedPs)
  return isEndless && (ps === Infinity || Number.isInteger(ps)) ? undefined : makespanFault(ps)
}

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
    const looked = whenToLook(called)
    const number = numberOf(called)
    const printOf = number === 0 ? workPrint : wholeWorkPrint
    return (work: LayerWork, demand: Demand): number => {
      const look = looked()
      const { count } = work
      const tasks = look ? printOf(work) : 0
      const asked = look ? demandPrint(demand) : 0
      let ps: number
      const outer = enter(number)
      try {
        ps = makespan(work, demand)
      } catch (cause) {
        throw threw(called, at(), cause)
      }
      leave(outer)
      // A count that was changed is no length to go by; a demand of infinite bytes has no print.
      if (
        work.count !== count ||
        (look && (printOf(work) !== tasks || (demandPrint(demand) !== asked && Number.isFinite(asked))))
      )
        throw pluginFault(called, at(), { reason: "ChangedInput", what: "writes to the work that it times" })
      if (Number.isSafeInteger(ps) && ps > 0) return ps
      const wrong = unlikelyFault(ps, fabric, work, demand)
      if (wrong !== undefined) throw pluginFault(called, at(), wrong)
      return ps
    }
  }
  return Object.create(network, { prepare: { value: prepare } }) as NetworkModel
}

type MakeEngine = (fabric: Fabric, network: NetworkModel) => Engine

const counters = [
  "hops",
  "byteHops",
  "localReadBytes",
  "remoteReadBytes",
  "localWriteBytes",
  "cachedBytes",
  "copyBytes",
  "tokenHops",
  "tokenBytes",
  "exchangePs"
] as const

/** Why what an engine keeps its counters in is no demand, or undefined. */
const demandShape = (demand: unknown, fabric: Fabric): WrongAnswer | undefined => {
  const isDemand =
    typeof demand === "object" &&
    demand !== null &&
    (["memoryBytes", "computePs", "tokens"] as const).every(
      (name) => (demand as Partial<Demand>)[name]?.length === fabric.units
    ) &&
    (demand as Partial<Demand>).linkBytes?.length === fabric.linkBytesPerSec.length
  return isDemand ? undefined : { reason: "WrongShape", what: `gives ${shown(demand)} for its demand` }
}

/** Why counters of a step cannot be, or undefined; those of a machine that is too slow to count are left alone. */
const countersFault = (demand: Demand): WrongAnswer | undefined => {
  for (const name of counters) {
    const value = demand[name]
    if (!(value >= 0 && value < Infinity)) return amountFault(value, `demand.${name}`)
  }
  return undefined
}

/**
 * A backend's engine with checks of every call, as {@link checkedNetwork}; `plugin` is the backend. Most backends have none
 * of their own: what they say of a machine is then all that can be wrong.
 */
export const checkedEngine = (plugin: { readonly id: string }, make: MakeEngine, at: () => string): MakeEngine => {
  const isOurs = make === sharedEngine || make === barrierEngine
  const called: Called = {
    kind: "hardware backend",
    plugin: isOurs ? builtIn(Object.create(plugin) as typeof plugin) : plugin,
    kit: "conformance of @moira/hardware/testing"
  }
  return (fabric, network) => {
    const engine = calling(called, "engine", () => make(fabric, network))
    if (typeof engine?.step !== "function")
      throw pluginFault(called, "engine", { reason: "WrongShape", what: `gives ${shown(engine)}, not an engine` })
    const { demand } = engine
    const odd = demandShape(demand, fabric)
    if (odd !== undefined) throw pluginFault(called, "engine", odd)
    const looked = whenToLook(called)
    const number = numberOf(called)
    const printOf = number === 0 ? workPrint : wholeWorkPrint
    const step = (work: LayerWork): number => {
      const look = looked()
      const { count } = work
      const tasks = look ? printOf(work) : 0
      let ps: number
      const outer = enter(number)
      try {
        ps = engine.step(work)
      } catch (cause) {
        throw threw(called, at(), cause)
      }
      leave(outer)
      if (work.count !== count || (look && printOf(work) !== tasks))
        throw pluginFault(called, at(), { reason: "ChangedInput", what: "writes to the work that it times" })
      const miscounted = look && ps < Infinity ? countersFault(demand) : undefined
      if (miscounted !== undefined) throw pluginFault(called, at(), miscounted)
      if (Number.isSafeInteger(ps) && ps > 0) return ps
      const wrong = unlikelyFault(ps, fabric, work, demand)
      if (wrong !== undefined) throw pluginFault(called, at(), wrong)
      return ps
    }
    return { demand, step }
  }
}

/** What a backend builds, looked at once: a machine that the engine can read, and that nobody changes afterwards. */
import {
  amountFault,
  asking,
  type Called,
  calling,
  frozen,
  isBuiltIn,
  type PluginFault,
  pluginFault,
  shown,
  type WrongAnswer
} from "@moira/core"
import { Effect, Schema } from "effect"
import { EnergyCosts } from "./energy.ts"
import { InvalidSpec } from "./invalid-spec.ts"
import type { Exchange, Fabric, Machine } from "./machine.ts"

const amount = (value: unknown): boolean => typeof value === "number" && value >= 0 && value < Infinity

/** A part of a machine that is no data of its type, or undefined; what describes no machine is told by `machineFault`. */
const dataFault = (machine: Machine): string | undefined => {
  if (typeof machine !== "object" || machine === null) return `builds ${shown(machine)}, not a machine`
  const { nodes, links, controllers = {}, commandBytes, energy, dispatchBytesPerElement } = machine
  for (const [name, list] of Object.entries({ nodes, links }))
    if (!Array.isArray(list) || list.some((item) => typeof item !== "object" || item === null))
      return `builds a machine whose ${name} are ${shown(list)}, not a list of ${name}`
  if (typeof machine.route !== "function") return `builds a machine whose route is ${shown(machine.route)}`
  const units = nodes.filter(({ kind }) => kind === "compute")
  const route: unknown = units.length === 0 ? [] : machine.route(units[0]!.id, units.at(-1)!.id)
  if (!Array.isArray(route)) return `gives ${shown(route)} for a route, not a list of links`
  if (!amount(commandBytes)) return `builds a machine with commandBytes ${shown(commandBytes)}`
  if (typeof controllers !== "object" || controllers === null)
    return `builds a machine whose controllers are ${shown(controllers)}`
  for (const [name, { basePs, cyclePs }] of Object.entries(controllers))
    if (!amount(basePs) || !amount(cyclePs))
      return `builds controller ${name} with basePs ${shown(basePs)}, cyclePs ${shown(cyclePs)}`
  if (energy !== undefined && !Schema.is(EnergyCosts)(energy)) return `builds a machine whose energy is no price list`
  for (const bytes of [1, 2]) {
    const sent = dispatchBytesPerElement?.(bytes)
    if (dispatchBytesPerElement !== undefined && (!amount(sent) || sent === 0))
      return `sends ${shown(sent)} bytes an element of weights of ${bytes}`
  }
  return nodesFault(machine)
}

const nodesFault = ({ nodes }: Machine): string | undefined => {
  for (const { name, compute, memory, llc, server = 0 } of nodes) {
    const { taskOverheadPs = 0 } = compute ?? {}
    if (!amount(taskOverheadPs)) return `builds ${name} with compute.taskOverheadPs ${shown(taskOverheadPs)}`
    if (compute !== undefined && compute.efficiency > 1)
      return `builds ${name} with compute.efficiency ${compute.efficiency}, more than its peak`
    if (memory !== undefined && !amount(memory.reservedBytes))
      return `builds ${name} with memory.reservedBytes ${shown(memory.reservedBytes)}`
    if (llc !== undefined && ![llc.bytes, llc.hitPs, llc.missPs].every(amount))
      return `builds ${name} with an llc of bytes ${shown(llc.bytes)}, hitPs ${shown(llc.hitPs)}, missPs ${shown(llc.missPs)}`
    if (!Number.isSafeInteger(server) || server < 0 || server >= nodes.length)
      return `builds ${name} in server ${shown(server)}`
  }
  return undefined
}

const calledAs = (plugin: { readonly id: string }): Called => ({
  kind: "hardware backend",
  plugin,
  kit: "conformance of @moira/hardware/testing"
})

/** Why times of an exchange cannot be, or undefined; a machine that is too slow to count is not to blame. */
const exchangeFault = (ps: unknown): WrongAnswer | undefined =>
  ps === Infinity ? undefined : amountFault(ps, "the picoseconds of an exchange")

/** A machine of a backend from outside whose exchange is looked at in every call; Moira's own as it is. */
const withCheckedExchange = (called: Called, machine: Machine): Machine => {
  const { exchange } = machine
  if (exchange === undefined || isBuiltIn(called.plugin)) return machine
  const refuse = (wrong: WrongAnswer | undefined): void => {
    if (wrong !== undefined) throw pluginFault(called, "exchange", wrong)
  }
  const timed =
    (time: Exchange["dispatchPs"]): Exchange["dispatchPs"] =>
    (...asked) => {
      const ps = calling(called, "exchange", () => time(...asked))
      refuse(exchangeFault(ps))
      return ps
    }
  const made = (fabric: Fabric): Exchange => {
    const own = calling(called, "exchange", () => exchange(fabric))
    if (typeof own?.dispatchPs !== "function" || typeof own.combinePs !== "function")
      refuse({ reason: "WrongShape", what: `gives ${shown(own)} for its exchange, without dispatchPs and combinePs` })
    const { bothPs } = own
    return {
      ...own,
      dispatchPs: timed((...asked) => own.dispatchPs(...asked)),
      combinePs: timed((...asked) => own.combinePs(...asked)),
      ...(bothPs && {
        bothPs: (...asked: Parameters<typeof bothPs>) => {
          const both = calling(called, "exchange", () => own.bothPs!(...asked))
          refuse(exchangeFault(both?.dispatchPs) ?? exchangeFault(both?.combinePs))
          return both
        }
      })
    }
  }
  // A class may have its methods on a prototype.
  return Object.assign(Object.create(Object.getPrototypeOf(machine)) as Machine, machine, { exchange: made })
}

/** A fault of a plug-in, as whoever asks for a machine expects it. */
const told = ({ where, what, hint, cause }: PluginFault): InvalidSpec =>
  new InvalidSpec({ reason: "WrongBackend", where, what, hint, cause })

/**
 * The effect that a backend gives for `asked`: fails in its own words where it refuses, and with a line that names it where it
 * throws, gives no effect or does not end.
 */
export const askedOf = <A>(
  plugin: { readonly id: string },
  asked: string,
  call: () => Effect.Effect<A, InvalidSpec>
): Effect.Effect<A, InvalidSpec> =>
  asking(calledAs(plugin), asked, call, (error) => error instanceof InvalidSpec).pipe(
    Effect.mapError((error) => (error instanceof InvalidSpec ? error : told(error)))
  )

/** The machine that a backend builds of a spec, frozen; fails where it is no data of a machine. */
export const builtMachine = <S>(
  backend: { readonly id: string; readonly build: (spec: S) => Effect.Effect<Machine, InvalidSpec> },
  spec: S
): Effect.Effect<Machine, InvalidSpec> =>
  askedOf(backend, "build", () => backend.build(spec)).pipe(
    Effect.flatMap((machine) =>
      askedOf(backend, "build", () => {
        const what = dataFault(machine)
        if (what === undefined) return Effect.succeed(frozen(withCheckedExchange(calledAs(backend), machine)))
        return Effect.fail(told(pluginFault(calledAs(backend), "build", { reason: "WrongShape", what })))
      })
    )
  )

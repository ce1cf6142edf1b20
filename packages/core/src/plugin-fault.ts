/** A plug-in that gives what its contract forbids, or throws: told in one line that names it, never as a bug of Moira's. */
import { Effect } from "effect"
import { given } from "./given.ts"
import { callNumber, enter, leave } from "./plugin-calls.ts"
import { taggedProblem } from "./problem.ts"

/**
 * `Threw`: it threw instead of answering. `WrongShape`: something else than the contract says, such as a promise or a
 * table of another length. `WrongSum`: parts that do not add up. `ChangedInput`: it wrote to what it may only read.
 * `TimedOut`: it does not return.
 */
const reasons = [
  "Threw",
  "WrongShape",
  "NotFinite",
  "Negative",
  "NotWhole",
  "OutOfRange",
  "WrongSum",
  "ChangedInput",
  "TimedOut"
] as const

export class PluginFault extends taggedProblem("PluginFault", reasons) {}

export type PluginFaultReason = (typeof reasons)[number]

/** What is wrong with one answer; {@link pluginFault} adds whose it is. */
export interface WrongAnswer {
  readonly reason: PluginFaultReason
  readonly what: string
}

/** A plug-in at work: its kind for people, and the plug-in itself. */
export interface Called {
  readonly kind: string
  readonly plugin: { readonly id: string }
  /** The kit that would have found the mistake. */
  readonly kit: string
}

const modules = new WeakMap<object, string>()
const own = new WeakSet<object>()

/** Notes that a plug-in is one of Moira's own, whose kit has run it: its inputs are looked at less often. Returns it. */
export const builtIn = <A>(plugin: A): A => {
  if (typeof plugin === "object" && plugin !== null) own.add(plugin)
  return plugin
}

/** Whether a plug-in, or the one that it wraps as its prototype, is one of Moira's own that was found by its name. */
export const isBuiltIn = (plugin: object): boolean => {
  if (own.has(plugin)) return true
  const wrapped: unknown = Object.getPrototypeOf(plugin)
  return typeof wrapped === "object" && wrapped !== null && isBuiltIn(wrapped)
}

/** Notes where a plug-in was imported from, so that its faults say so; returns the plug-in. */
export const importedFrom = <A>(plugin: A, module: string): A => {
  if (typeof plugin === "object" && plugin !== null) modules.set(plugin, module)
  return plugin
}

/** Where a plug-in, or the one that it wraps as its prototype, was imported from; undefined of one given as a value. */
export const moduleOf = (plugin: object): string | undefined => {
  const module = modules.get(plugin)
  const wrapped: unknown = module === undefined ? Object.getPrototypeOf(plugin) : undefined
  return typeof wrapped === "object" && wrapped !== null ? moduleOf(wrapped) : module
}

/** Kind, id, where it has one, and module. */
export const nameOf = ({ kind, plugin }: Called): string => {
  const module = moduleOf(plugin)
  return `${kind}${plugin.id === "" ? "" : ` ${plugin.id}`}${module === undefined ? "" : ` (${module})`}`
}

/** The number of a plug-in whose calls are noted for who looks from outside: 0 for Moira's own, which may take their time. */
export const numberOf = (called: Called): number => (isBuiltIn(called.plugin) ? 0 : callNumber(nameOf(called)))

/** `at` leads on from the plug-in to the call: a layer, a step, an expert. */
export const pluginFault = (called: Called, at: string, wrong: WrongAnswer, cause?: unknown): PluginFault => {
  leave(0)
  return new PluginFault({
    reason: wrong.reason,
    where: `${nameOf(called)}${at === "" ? "" : `, ${at}`}`,
    what: wrong.what,
    hint: `the ${called.kind} is wrong: run it through ${called.kit}`,
    ...given({ cause })
  })
}

/** The fault of a plug-in that threw; what it calls may be another plug-in, whose fault is passed on. */
export const threw = (called: Called, at: string, cause: unknown): PluginFault =>
  cause instanceof PluginFault
    ? cause
    : pluginFault(called, at, { reason: "Threw", what: `throws ${firstLine(cause)}` }, cause)

/** What was thrown may throw itself when it is looked at. */
const firstLine = (cause: unknown): string => {
  try {
    return cause instanceof Error ? `${cause.name}: ${cause.message.split("\n")[0]}` : shown(cause)
  } catch {
    return "what cannot be told"
  }
}

/** Calls a plug-in once, outside of hot loops. */
export const calling = <A>(called: Called, at: string, call: () => A): A => {
  const outer = enter(numberOf(called))
  try {
    return call()
  } catch (cause) {
    throw threw(called, at, cause)
  } finally {
    leave(outer)
  }
}

/** Plain objects and lists, all the way down, that can no longer be written to: whoever tries throws. */
export const frozen = <A>(value: A): A => {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && !Array.isArray(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) frozen(part)
  return value
}

/** A value in a few words; a promise that nobody asked for may fail without ending the process. */
export const shown = (value: unknown): string => {
  if (value instanceof Promise) value.catch(() => {})
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40))
  if (typeof value === "function") return "a function"
  if (typeof value !== "object" || value === null) return String(value)
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name
  return typeof name === "string" ? `an object (${name})` : "an object"
}

/** Why a value is no finite number from 0 on, or undefined; `name` says what it should have been. */
export const amountFault = (value: unknown, name: string): WrongAnswer | undefined => {
  if (typeof value !== "number") return { reason: "WrongShape", what: `gives ${shown(value)} for ${name}` }
  if (!Number.isFinite(value)) return { reason: "NotFinite", what: `gives ${value} for ${name}` }
  return value < 0 ? { reason: "Negative", what: `gives ${value} for ${name}` } : undefined
}

/**
 * The factor of the value at `i`: odd, so that one value that changes is always seen, and without a pattern. Factors that grew
 * evenly would miss all that leaves a sum of places alone, such as one token that moves up while another moves down. Hot.
 */
export const printFactor = (i: number): number => {
  const mixed = Math.imul(i + 1, 0x9e37_79b1)
  return Math.imul(mixed ^ (mixed >>> 15), 0x85eb_ca6b) | 1
}

/**
 * A number that changes nearly always when one of the values does: it finds what was written where only reading is
 * allowed. Whole numbers wrap at 32 bits, fractions are dropped. A hot loop, without allocation.
 */
export const fingerprint = (values: ArrayLike<number>, length = values.length): number => {
  let sum = 0
  for (let i = 0; i < length; i++) sum = (sum + Math.imul(printFactor(i), values[i]!)) | 0
  return sum
}

/**
 * Whether a call is looked at closely: of a plug-in from outside the first `calls`, all of them where that is infinite, and one
 * in so many afterwards; of Moira's own, whose kit looks at every call, one in so many from the start.
 */
export const whenToLook = ({ plugin }: Called, calls = 64): (() => boolean) => {
  const seldom = everySoOften()
  let left = isBuiltIn(plugin) ? 0 : calls
  return () => left-- > 0 || seldom()
}

/** True for one call in so many, the first among them: for checks that would take longer than many calls do. */
const everySoOften = (calls = 13): (() => boolean) => {
  let left = 0
  return () => {
    if (left > 0) {
      left--
      return false
    }
    left = calls - 1
    return true
  }
}

/** An effect whose plain code, called deep inside, threw a {@link PluginFault}: it fails with it instead of dying. */
export const surfacePluginFaults = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | PluginFault, R> =>
  Effect.catchDefect(effect, (defect) => (defect instanceof PluginFault ? Effect.fail(defect) : Effect.die(defect)))

/** Runs plain code: a {@link PluginFault} that it throws fails, anything else is a defect. */
export const withPluginFaults = <A>(body: () => A): Effect.Effect<A, PluginFault> =>
  surfacePluginFaults(Effect.sync(body))

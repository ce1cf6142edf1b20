/** A plug-in that gives what its contract forbids, or throws: told in one line that names it, never as a bug of Moira's. */
import { given } from "./given.ts"
import { Effect } from "effect"
import { taggedProblem } from "./problem.ts"

/**
 * `Threw`: it threw instead of answering. `WrongShape`: something else than the contract says, such as a promise or a
 * table of another length. `WrongSum`: parts that do not add up. `ChangedInput`: it wrote to what it may only read.
 */
const reasons = [
  "Threw",
  "WrongShape",
  "NotFinite",
  "Negative",
  "NotWhole",
  "OutOfRange",
  "WrongSum",
  "ChangedInput"
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

/** `at` leads on from the plug-in to the call: a layer, a step, an expert. */
export const pluginFault = (called: Called, at: string, wrong: WrongAnswer, cause?: unknown): PluginFault => {
  const module = moduleOf(called.plugin)
  return new PluginFault({
    reason: wrong.reason,
    where: `${called.kind} ${called.plugin.id}${module === undefined ? "" : ` (${module})`}${at === "" ? "" : `, ${at}`}`,
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

const firstLine = (cause: unknown): string =>
  cause instanceof Error ? `${cause.name}: ${cause.message.split("\n")[0]}` : shown(cause)

/** Calls a plug-in once, outside of hot loops. */
export const calling = <A>(called: Called, at: string, call: () => A): A => {
  try {
    return call()
  } catch (cause) {
    throw threw(called, at, cause)
  }
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
 * A number that changes nearly always when one of the values does: it finds what was written where only reading is
 * allowed. Whole numbers wrap at 32 bits, fractions are dropped. A hot loop, without allocation.
 */
export const fingerprint = (values: ArrayLike<number>, length = values.length): number => {
  let sum = 0
  for (let i = 0; i < length; i++) sum = (sum + Math.imul(i + 1, values[i]!)) | 0
  return sum
}

/**
 * True for one call in so many, the first among them: for checks that would take longer than many calls do, of mistakes
 * that are made again and again, such as writing to inputs.
 */
export const everySoOften = (calls = 13): (() => boolean) => {
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

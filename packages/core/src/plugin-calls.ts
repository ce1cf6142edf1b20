/**
 * Which plug-in's call is under way in this thread, in memory that another thread may look at: a loop without end is seen from
 * outside alone. Plain code without Effect, since the entry of threads imports it. A call costs three writes.
 */
import { sharedBytes } from "./shared-bytes.ts"

const nameBytes = 512
const mostNames = 64

/** Bytes that a thread's calls take: which name is at work (0 for none) and how many calls began, 32 bits each, then the names. */
export const callsBytes = 8 + nameBytes * mostNames

/** What a thread notes, and the numbers of the names that it has noted. */
interface Calls {
  readonly memory: ArrayBufferLike
  readonly marks: Int32Array
  readonly numbers: Map<string, number>
}

/** On the thread's global object, so that several copies of this package in one thread note in the same memory. */
const key = Symbol.for("@moira/core/plugin-calls/v1")

/** Where this thread notes its calls; `memory` is used unless it does already. */
const callsOf = (memory?: ArrayBufferLike): Calls => {
  const global = globalThis as { [key]?: Calls }
  if (global[key] !== undefined) return global[key]
  const bytes = memory ?? sharedBytes(callsBytes)
  return (global[key] = { memory: bytes, marks: new Int32Array(bytes, 0, 2), numbers: new Map() })
}

let marks: Int32Array = new Int32Array(2)

/** Lets this thread note its calls in `memory`, of {@link callsBytes}; gives the memory that it notes them in. */
export const noteCalls = (memory?: ArrayBufferLike): ArrayBufferLike => callsOf(memory).memory

/** The number of a plug-in's name, from 1 on; those that find no room share the last. */
export const callNumber = (name: string): number => {
  const calls = callsOf()
  ;({ marks } = calls)
  const known = calls.numbers.get(name)
  if (known !== undefined) return known
  const number = Math.min(calls.numbers.size + 1, mostNames)
  const text = new TextEncoder().encode(name).subarray(0, nameBytes - 1)
  const into = new Uint8Array(calls.memory, 8 + (number - 1) * nameBytes, nameBytes)
  into.fill(0)
  into.set(text)
  calls.numbers.set(name, number)
  return number
}

/** A call begins of the plug-in with this number, 0 for Moira's own; gives what {@link leave} takes. Hot. */
export const enter = (number: number): number => {
  const outer = marks[0]!
  if (outer === 0) marks[1]!++
  marks[0] = number
  return outer
}

/** The call has ended. Hot. */
export const leave = (outer: number): void => {
  marks[0] = outer
}

/** Ends whatever call this plug-in is in, unless another has begun since. */
export const leaveAll = (number: number): void => {
  if (marks[0] === number) marks[0] = 0
}

/** What is at work by the notes of a thread: the call's number, and the plug-in's name; undefined for none. */
export const callAtWork = (memory: ArrayBufferLike): { readonly call: number; readonly name: string } | undefined => {
  const [number, call] = new Int32Array(memory, 0, 2)
  if (number === 0) return undefined
  const bytes = new Uint8Array(memory, 8 + (number! - 1) * nameBytes, nameBytes).slice()
  return { call: call!, name: new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0))) }
}

/**
 * Looks at a thread's notes now and then: each look says how much time has passed since the last, and gives the name of a
 * plug-in whose one call has lasted longer than `limitMs`.
 */
export const callLookout = (memory: ArrayBufferLike, limitMs: number): ((passedMs: number) => string | undefined) => {
  let seen: number | undefined
  let lastedMs = 0
  return (passedMs) => {
    const at = callAtWork(memory)
    if (at === undefined || at.call !== seen) {
      seen = at?.call
      lastedMs = 0
      return undefined
    }
    lastedMs += passedMs
    return lastedMs > limitMs ? at.name : undefined
  }
}

/** What is told of a plug-in that does not return, as a fault has it. */
export const timedOut = (name: string, limitMs: number) => ({
  where: name,
  what: `has not returned after ${limitMs / 1000} s`,
  hint: "end its loop; where it only needs longer, allow it more seconds with --plugin-timeout"
})

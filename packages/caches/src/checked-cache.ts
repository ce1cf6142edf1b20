/** What a cache policy gives, looked at: who drives its pools knows what lies there, and asks here what to tell. */
import {
  type Called,
  calling,
  numberOf,
  type PluginFault,
  pluginFault,
  shown,
  threw,
  type WrongAnswer
} from "@moira/core"
import type { CachePolicy, CachePool, CacheSetup } from "./cache-policy.ts"

const calledAs = (plugin: CachePolicy): Called => ({
  kind: "cache policy",
  plugin,
  kit: "cacheConformance of @moira/caches/testing"
})

/** A pool of `policy`; throws `PluginFault` where that throws, or gives something else. */
export const preparePool = (policy: CachePolicy, setup: CacheSetup): CachePool => {
  const called = calledAs(policy)
  const pool = calling(called, "prepare", () => policy.prepare(setup))
  if (typeof pool?.use === "function" && typeof pool.insert === "function" && typeof pool.evict === "function")
    return pool
  const what = `gives ${shown(pool)} without use, insert and evict`
  throw pluginFault(called, "prepare", { reason: "WrongShape", what })
}

/** The fault of a pool that threw while `at` ran. */
export const poolThrew = (policy: CachePolicy, at: string, cause: unknown): PluginFault =>
  threw(calledAs(policy), at, cause)

/** The number of the policy for who looks for calls that do not return: 0 for Moira's own. */
export const policyNumber = (policy: CachePolicy): number => numberOf(calledAs(policy))

/** The fault of a policy that wrote to the marks of what a step needs. */
export const busyFault = (policy: CachePolicy, at: string): PluginFault =>
  pluginFault(calledAs(policy), at, { reason: "ChangedInput", what: "writes to the marks of what the step needs" })

const wrongKey = (key: unknown, keys: number, lies: boolean): WrongAnswer => {
  const what = `gives ${shown(key)} for the key that makes room`
  if (typeof key !== "number") return { reason: "WrongShape", what }
  if (!Number.isFinite(key)) return { reason: "NotFinite", what }
  if (!Number.isInteger(key)) return { reason: "NotWhole", what }
  if (key < 0 || key >= keys) return { reason: "OutOfRange", what: `${what}, of ${keys}` }
  return { reason: "OutOfRange", what: `${what}, which ${lies ? "the step needs" : "is not in the cache"}` }
}

/** The fault of a pool of so many keys where `key` cannot make room; `lies` says whether it is in the cache. */
export const evictionFault = (
  policy: CachePolicy,
  at: string,
  key: unknown,
  { keys, lies }: { readonly keys: number; readonly lies: boolean }
): PluginFault => pluginFault(calledAs(policy), at, wrongKey(key, keys, lies))

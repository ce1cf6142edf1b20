/** The seam to expert caches: which expert makes room when a unit's memory holds some of the experts only? */
import { pluginKind } from "@moira/core"

/** Version of the cache contract. */
export const cacheContract = "cache/v1"

/**
 * What a policy may look at. Keys are the experts of one pool of slots: of one layer, 0 to experts - 1, or of all layers
 * end to end, `layerIndex * experts + expert`. The arrays are the caller's, by key, and always current.
 */
export interface CacheSetup {
  readonly keys: number
  /** Keys that lie in the cache at once; at most `keys`. */
  readonly slots: number
  /** 1 for a key that the present step needs or that was brought in for the next one: it must not make room. */
  readonly busy: Uint8Array
  /** Selections by requests that the cache is not judged on. */
  readonly popularity: Float64Array
  /** Latest forecast of the key's next step: its expected selections there. All 0 where nothing forecasts. */
  readonly scores: Float64Array
  /** Number of the step that needs the key next, after the present one; infinite for none. Only an oracle looks. */
  readonly nextUse: Float64Array
}

/**
 * One pool of slots at work. In a step all keys that it needs are busy; the missing ones are inserted, each after another has
 * made room if the pool is full, and all are used in the order of the step, whichever were missing. Hot: no call allocates.
 */
export interface CachePool {
  /** A step needs `key`, which lies in the pool. */
  readonly use: (key: number) => void
  /** `key` comes in, on demand or ahead of its use. */
  readonly insert: (key: number) => void
  /** Says who makes room, and forgets it: a key of the pool that is not busy. There always is one. */
  readonly evict: () => number
}

/** The most that a policy looks at: selections so far, training requests too, forecasts too, or the future. */
export type CacheKnowledge = "past" | "training" | "forecast" | "future"

/** A way to choose who makes room. Deterministic: the same steps give the same contents. */
export interface CachePolicy {
  readonly contract: typeof cacheContract
  readonly id: string
  readonly title: string
  readonly knows: CacheKnowledge
  readonly prepare: (setup: CacheSetup) => CachePool
}

/** How cache policies are found by name, package or path. */
export const cacheKind = pluginKind<CachePolicy>({
  name: "cache",
  title: "cache policy",
  contract: cacheContract,
  home: "@moira/caches/policies",
  from: import.meta.url,
  form: { id: "id", title: "text", prepare: "function", knows: ["past", "training", "forecast", "future"] }
})

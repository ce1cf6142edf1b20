/** What a cache is told to do, what it counts, and how far ahead it may fetch. */
import type { CachePolicy } from "@moira/caches"
import type { DecodeStream } from "./stream.ts"

/** Slots are given to each layer, or all layers share them. */
export type CacheScope = "layer" | "all"

/** What is fetched ahead: experts of the next layer for this token, or of this layer for the next token. */
export type PrefetchFor = "layer" | "token"

/** Layer steps between the forecast of what to fetch ahead and its use. */
export const prefetchDistance = (prefetchFor: PrefetchFor, layers: number): number =>
  prefetchFor === "layer" ? 1 : layers

/**
 * The most experts of a step that can be fetched ahead into caches of so many slots: whatever one step needs beside what is
 * already protected must find room.
 */
export const maxPrefetch = (
  stream: DecodeStream,
  { scope, slots, prefetchFor }: Pick<CacheRunOptions, "scope" | "slots" | "prefetchFor">
): number => {
  const shared = scope === "all" || stream.layers === 1
  if (shared) return Math.floor((slots - stream.maxNeeds) / prefetchDistance(prefetchFor, stream.layers))
  return prefetchFor === "layer" ? slots : slots - stream.maxNeeds
}

export interface CacheRunOptions {
  readonly policy: CachePolicy
  readonly scope: CacheScope
  /** Of one layer, or in all. */
  readonly slots: number
  /** Experts that are fetched ahead for one step, if they are not there; 0 for none. */
  readonly prefetch: number
  readonly prefetchFor: PrefetchFor
  /** Between the experts of a layer and the choice of those of the next one: attention and all else. */
  readonly betweenPs: number
  readonly popularity: Float64Array
}

/** Counts by batch of the stream, and in all. */
export interface CacheRunTotals {
  readonly needs: Float64Array
  readonly hits: Float64Array
  readonly timePs: Float64Array
  readonly layerHits: Float64Array
  /** Needed while still on their way. */
  late: number
  misses: number
  /** Fetched ahead, and those of them that the step they were fetched for needed. */
  ahead: number
  aheadUsed: number
  stallPs: number
  linkBusyPs: number
  /** Copies from each tier. */
  readonly copies: Float64Array
}

/** Forecasts for the layer steps from `from` on. */
export interface ForecastRows {
  readonly from: number
  /** Row `s - from`: scores of the experts of step `s`'s layer at its next step, made when the choice of `s` is known. */
  readonly scores?: Float32Array
  /**
   * Row `s - from`, `width` wide: the likeliest experts of the step to fetch ahead for, made at the same time; 0xffff for
   * none.
   */
  readonly next?: Uint16Array
  readonly width: number
}

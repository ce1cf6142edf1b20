/** How expert selections change: over the positions of a decode, and over the requests of a trace. */
import { Schema } from "effect"
import { Interval } from "../common.ts"

const Measured = Schema.NullOr(Schema.Finite)

/** What chance alone gives, from random splits of the same sizes: their mean and their 95 % quantile. */
export const NoiseFloor = Schema.Struct({ mean: Schema.Finite, high: Schema.Finite })
export type NoiseFloor = typeof NoiseFloor.Type

/** Decode steps `from` to `to` (exclusive, counted from 0) and how many requests reach them. */
export const PositionWindow = Schema.Struct({ from: Schema.Int, to: Schema.Int, requests: Schema.Int })
export type PositionWindow = typeof PositionWindow.Type

/**
 * One window of decode steps against the first one, over the requests that reach it, so that who is still decoding
 * changes nothing. The floor swaps the two windows of each request by a coin. `null` for the first window itself.
 */
export const WindowDrift = Schema.Struct({
  /** Jensen-Shannon distance (0 to 1) of the expert frequencies. */
  distance: Measured,
  distanceFloor: Schema.NullOr(NoiseFloor),
  /** Share of random swaps that are at least as far apart, the trace itself counted among them. */
  pValue: Measured,
  /** Spearman's rho of the expert frequencies, and its mean over random swaps. */
  rho: Measured,
  rhoFloor: Measured,
  /** Spearman's rho against the frequencies of the prefill of the same requests. */
  rhoPrefill: Measured,
  /** Share of this window's selections covered by the top 20 % of experts, chosen elsewhere over all requests. */
  hotFirst: Measured,
  hotPrefill: Measured,
  hotPrevious: Measured,
  /** Chosen in this window itself: an upper bound, in sample. */
  hotOwn: Measured,
  /**
   * Held-out coverage of the cross-token relation inside this window by candidates that training requests gave in the
   * first window, in this window, and by the popularity of the first window.
   */
  relationFirst: Measured,
  relationOwn: Measured,
  relationPopularity: Measured
})
export type WindowDrift = typeof WindowDrift.Type

export const PositionDrift = Schema.Struct({
  /** Steps a window. */
  width: Schema.Int,
  windows: Schema.Array(PositionWindow),
  layers: Schema.Array(
    Schema.Struct({ layer: Schema.Int, degenerate: Schema.Boolean, windows: Schema.Array(WindowDrift) })
  ),
  degenerateLayers: Schema.Array(Schema.Int),
  /** Means over layers that are not degenerate, with intervals over requests; `null` without any. */
  mean: Schema.NullOr(
    Schema.Struct({
      windows: Schema.Array(
        Schema.Struct({
          ...WindowDrift.fields,
          hotFirstInterval: Schema.NullOr(Interval),
          hotPrefillInterval: Schema.NullOr(Interval)
        })
      ),
      /** `hotSet[w][v]`: share of window v covered by the hot set of window w. */
      hotSet: Schema.Array(Schema.Array(Measured))
    })
  )
})
export type PositionDrift = typeof PositionDrift.Type

/** Consecutive requests `from` to `to` (exclusive) of the trace, and the tasks found among them. */
const RequestBlock = Schema.Struct({
  from: Schema.Int,
  to: Schema.Int,
  tasks: Schema.Array(Schema.String)
})
type RequestBlock = typeof RequestBlock.Type

const Apart = Schema.Struct({
  /** Mean Jensen-Shannon distance (0 to 1) of two blocks' expert frequencies. */
  distance: Schema.Finite,
  floor: NoiseFloor,
  pValue: Schema.Finite
})

export const RequestDrift = Schema.Struct({
  blocks: Schema.Array(RequestBlock),
  /** Random orders of the requests that the floor is made of. */
  shuffles: Schema.Int,
  /** Mean over all pairs of blocks, at each layer. */
  layers: Schema.Array(Schema.Struct({ layer: Schema.Int, degenerate: Schema.Boolean, ...Apart.fields })),
  degenerateLayers: Schema.Array(Schema.Int),
  /** Means over layers that are not degenerate; `null` without any. */
  mean: Schema.NullOr(
    Schema.Struct({
      ...Apart.fields,
      pairs: Schema.Array(Schema.Struct({ a: Schema.Int, b: Schema.Int, ...Apart.fields }))
    })
  )
})
export type RequestDrift = typeof RequestDrift.Type

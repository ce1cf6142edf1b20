/** What all work by layers over threads shares: how layers are cut into jobs, and how a plug-in's fault comes back. */
import { PluginFault, type RunnerError } from "@moira/core"
import { Predicate } from "effect"
import type { LayerRange } from "./accumulator.ts"

/**
 * Consecutive layers, at most so many at a time: a range reads one layer more than it has, and few layers keep the threads
 * busy to the end. The ranges do not depend on the threads.
 */
export const layerRanges = (layers: number, maxLayers: number): ReadonlyArray<LayerRange> => {
  const count = Math.ceil(layers / maxLayers)
  return Array.from({ length: count }, (_, i) => ({
    from: Math.floor((i * layers) / count),
    to: Math.floor(((i + 1) * layers) / count)
  }))
}

/** A fault of a plug-in that was found in another thread, where errors arrive as their text fields. */
export const toldFault = (error: RunnerError): RunnerError | PluginFault => {
  const { cause } = error
  if (!Predicate.hasProperty(cause, "_tag") || cause._tag !== "PluginFault") return error
  const { reason, where, what, hint } = cause as unknown as PluginFault
  return new PluginFault({ reason, where, what, hint, cause })
}

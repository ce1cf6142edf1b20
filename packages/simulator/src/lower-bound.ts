/** How fast a layer step could be at best, whatever the strategy. */
import type { Fabric, NetworkModel } from "@moira/hardware"

/**
 * Lower bound of the makespan in picoseconds, from the requests of one layer step. The greatest of
 *
 * - arithmetic: all FLOP over the arithmetic of all units; where units wait for weights, after the shortest read;
 * - memory: each expert that is asked for is read once, all channels sharing the reads perfectly;
 * - whole experts: some channel reads at least active / units experts, rounded up, at the fastest channel's rate.
 *
 * Weights may lie anywhere and links cost nothing, so a strategy that keeps within its memory can only be slower.
 */
export const makeLowerBound = (fabric: Fabric, network: NetworkModel, weightBytes: number, flopPerToken: number) => {
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0)
  const fastest = fabric.memoryBytesPerSec.reduce((a, b) => Math.max(a, b), 0)
  const latencyPs = fabric.memoryLatencyPs.reduce((a, b) => Math.min(a, b), Infinity)
  const readPs = (weightBytes * 1e12) / fastest
  const firstPs = network.waitsForWeights === true ? readPs + latencyPs : 0
  const flopsPerSec = sum(fabric.flopsPerSec)
  const bytesPerSec = sum(fabric.memoryBytesPerSec)
  return (requests: Uint32Array): number => {
    let tokens = 0
    let active = 0
    for (let e = 0; e < requests.length; e++) {
      tokens += requests[e]!
      if (requests[e]! > 0) active++
    }
    if (tokens === 0) return 0
    const arithmeticPs = firstPs + (1e12 * tokens * flopPerToken) / flopsPerSec
    const sharedPs = (1e12 * active * weightBytes) / bytesPerSec
    return Math.max(arithmeticPs, sharedPs, Math.ceil(active / fabric.units) * readPs)
  }
}

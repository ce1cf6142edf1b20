/** How fast a layer step could be at best, whatever the strategy. */
import { sum } from "@moira/core/statistics"
import type { Fabric, LayerWork, NetworkModel } from "@moira/hardware"

/**
 * Lower bound of the makespan in picoseconds, from the requests of one layer step. The greatest of
 *
 * - arithmetic: all FLOP, and the overhead of one task for each expert that is asked for, over the arithmetic of all units
 *   (with F FLOP, A experts and overhead o, sum of rate x T >= sum of FLOP + rate x overheads >= F + least rate x A x o);
 *   where units wait for weights, after the shortest read;
 * - memory: each expert that is asked for is read once, all channels sharing the reads perfectly;
 * - whole experts: some channel reads at least active / units experts, rounded up, at the fastest channel's rate.
 *
 * Experts that some unit found in its last-level cache are read by nobody: they ask nothing of memory, and where there
 * are any, arithmetic may begin after the shortest hit. So caches only lower the bound.
 *
 * Weights may lie anywhere and links cost nothing, so a strategy that keeps within its memory can only be slower.
 */
export const makeLowerBound = (
  fabric: Fabric,
  network: NetworkModel,
  weights: { readonly experts: number; readonly weightBytes: number; readonly flopPerToken: number }
) => {
  const { experts, weightBytes, flopPerToken } = weights
  const fastest = fabric.memoryBytesPerSec.reduce((a, b) => Math.max(a, b), 0)
  const least = (values: Float64Array) => values.reduce((a, b) => Math.min(a, b), Infinity)
  const latencyPs = least(fabric.memoryLatencyPs) + least(fabric.llcMissPs)
  const hitPs = least(fabric.llcHitPs)
  const overheadFlop = (least(fabric.taskOverheadPs) * least(fabric.flopsPerSec)) / 1e12
  const readPs = (weightBytes * 1e12) / fastest
  const waits = network.waitsForWeights === true
  const flopsPerSec = sum(fabric.flopsPerSec)
  const bytesPerSec = sum(fabric.memoryBytesPerSec)
  const found = new Uint8Array(experts)
  return (expertTokens: Uint32Array, { count, expert, cached }: LayerWork): number => {
    let tokens = 0
    let active = 0
    for (let e = 0; e < expertTokens.length; e++) {
      tokens += expertTokens[e]!
      if (expertTokens[e]! > 0) active++
    }
    found.fill(0)
    let spared = 0
    for (let i = 0; i < count; i++) {
      if (cached[i] === 0 || found[expert[i]!] === 1) continue
      found[expert[i]!] = 1
      spared++
    }
    const read = active - spared
    if (tokens === 0) return 0
    const readFirstPs = readPs + latencyPs
    const firstPs = waits ? (spared > 0 ? Math.min(hitPs, readFirstPs) : readFirstPs) : 0
    const arithmeticPs = firstPs + (1e12 * (tokens * flopPerToken + active * overheadFlop)) / flopsPerSec
    const sharedPs = (1e12 * read * weightBytes) / bytesPerSec
    return Math.max(arithmeticPs, sharedPs, Math.ceil(read / fabric.units) * readPs)
  }
}

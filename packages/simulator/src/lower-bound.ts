/** How fast a layer step could be at best, whatever the strategy. */
import type { Fabric } from "@moira/hardware"

/**
 * Lower bound of the makespan in picoseconds: all arithmetic spread perfectly, and each expert that is asked for read
 * once from memory, all channels sharing the reads perfectly. No network, no indivisible blocks.
 */
export const makeLowerBound = (fabric: Fabric, weightBytes: number, flopPerToken: number) => {
  const flopsPerSec = fabric.flopsPerSec.reduce((a, b) => a + b, 0)
  const bytesPerSec = fabric.memoryBytesPerSec.reduce((a, b) => a + b, 0)
  return (requests: Uint32Array): number => {
    let tokens = 0
    let active = 0
    for (let e = 0; e < requests.length; e++) {
      tokens += requests[e]!
      if (requests[e]! > 0) active++
    }
    return 1e12 * Math.max((tokens * flopPerToken) / flopsPerSec, (active * weightBytes) / bytesPerSec)
  }
}

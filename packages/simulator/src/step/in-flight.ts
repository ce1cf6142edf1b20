/** How much of other units' memory a unit has on its way at one time: what its buffers would have to hold. */
import type { Fabric, LayerWork } from "@moira/hardware"

/** Most bytes that any unit may have under way from others in a layer step: its remote reads, as many as it keeps in flight. Hot. */
export const makeInFlight = ({ units, outstandingFetches }: Fabric) => {
  const reads = new Uint32Array(units)
  return ({ count, unit, source, weightBytes }: LayerWork): number => {
    reads.fill(0)
    let most = 0
    for (let i = 0; i < count; i++) if (unit[i] !== source[i]) most = Math.max(most, ++reads[unit[i]!]!)
    return Math.min(most, outstandingFetches) * weightBytes
  }
}

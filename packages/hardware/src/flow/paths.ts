/** Which resources a transfer crosses: links, then the memory channel of the unit that gives the bytes. */
import type { Fabric } from "../machine.ts"

/**
 * Resources are the links, then the memory channels of the units. Pair `from * units + to` owns
 * `resource[start[pair]]` to `resource[start[pair + 1] - 1]`; the last one is the memory of `from`, which activations
 * leave out.
 */
export interface Paths {
  readonly resources: number
  /** By resource, in bytes a picosecond. */
  readonly capacity: Float64Array
  readonly start: Uint32Array
  readonly resource: Uint32Array
  /** The longest path. */
  readonly longest: number
}

export const pathsOf = (fabric: Fabric): Paths => {
  const { units, routeStart, routeLinks } = fabric
  const links = fabric.linkBytesPerSec.length
  const pairs = units * units
  const start = new Uint32Array(pairs + 1)
  const resource = new Uint32Array(routeLinks.length + pairs)
  let [at, longest] = [0, 0]
  for (let pair = 0; pair < pairs; pair++) {
    for (let i = routeStart[pair]!; i < routeStart[pair + 1]!; i++) resource[at++] = routeLinks[i]!
    resource[at++] = links + Math.floor(pair / units)
    start[pair + 1] = at
    longest = Math.max(longest, at - start[pair]!)
  }
  const perPs = (bytesPerSec: number) => bytesPerSec / 1e12
  const capacity = Float64Array.from([...fabric.linkBytesPerSec.map(perPs), ...fabric.memoryBytesPerSec.map(perPs)])
  return { resources: links + units, capacity, start, resource, longest }
}

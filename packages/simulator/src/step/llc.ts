/** Last-level caches: which experts of which layers each unit still has from earlier layer steps. */
import { makeRecency } from "@moira/caches"
import type { Fabric, LayerWork } from "@moira/hardware"

/** No place. */
const none = -1

export interface LastLevelCaches {
  /**
   * Marks the tasks whose weights lie in their unit's cache, which then is their source, and notes what every unit reads.
   * Called once a layer step, in time order, when tasks are in their final order. Hot; does not allocate.
   */
  readonly look: (layerIndex: number, work: LayerWork) => void
}

/** What the caches are asked to hold. */
export interface CachedWeights {
  readonly layers: number
  readonly experts: number
  /** Bytes of one expert as it is read. */
  readonly weightBytes: number
  /** Share of the layers that run, where they are a sample; 1 when left out. */
  readonly share?: number
}

/** Experts that each unit's cache has room for. */
const roomOf = ({ llcBytes }: Pick<Fabric, "llcBytes">, weightBytes: number): ReadonlyArray<number> =>
  Array.from(llcBytes, (bytes) => Math.floor(bytes / weightBytes))

/**
 * Whether some cache may keep an expert from one step to the next: a unit reads experts of all other layers in between, which drive out
 * those of a cache with room for fewer experts than there are layers.
 */
export const keepsAcrossSteps = (fabric: Pick<Fabric, "llcBytes">, weightBytes: number, layers: number): boolean =>
  roomOf(fabric, weightBytes).some((experts) => experts >= layers)

/**
 * Byte-granular least-recently-used caches, told in whole experts. That is exact: experts of one model are equally large
 * and read from their first byte to their last, so between two reads of a byte lie as many other bytes whichever byte it
 * is. Either all of an expert is still there or none; it is when at most floor(cache / expert) - 1 others were read
 * since. An expert larger than the cache is never found, and where that holds for all units nothing is made at all.
 *
 * Where only a share of the layers runs, as much less is read between two reads: caches then have that share of their room.
 */
export const makeLlc = (fabric: Fabric, weights: CachedWeights): LastLevelCaches | undefined => {
  const { units } = fabric
  const { experts, weightBytes, share = 1 } = weights
  const keys = weights.layers * experts
  const room = Uint32Array.from(roomOf(fabric, weightBytes), (fit) => Math.min(keys, Math.floor(fit * share)))
  const places = room.reduce((a, b) => a + b, 0)
  if (places === 0) return undefined
  const first = new Uint32Array(units)
  for (let u = 1; u < units; u++) first[u] = first[u - 1]! + room[u - 1]!
  const used = new Uint32Array(units)
  const recency = makeRecency(units, places)
  /** Key in a place, and place of key `k` on unit `u` at `u * keys + k`. */
  const keyAt = new Uint32Array(places)
  const placeOf = new Int32Array(units * keys).fill(none)
  return {
    look: (layerIndex, work) => {
      const { count, expert, unit, source, cached } = work
      for (let i = 0; i < count; i++) {
        const u = unit[i]!
        if (room[u] === 0) continue
        const key = layerIndex * experts + expert[i]!
        let place = placeOf[u * keys + key]!
        if (place !== none) {
          cached[i] = 1
          source[i] = u
          recency.remove(place)
        } else {
          if (used[u]! < room[u]!) place = first[u]! + used[u]!++
          else {
            place = recency.oldest(u)
            recency.remove(place)
            placeOf[u * keys + keyAt[place]!] = none
          }
          keyAt[place] = key
          placeOf[u * keys + key] = place
        }
        recency.add(u, place)
      }
    }
  }
}

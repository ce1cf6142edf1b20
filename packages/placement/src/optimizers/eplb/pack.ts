/** The reference's packing: as many items in each pack, the loads as equal as a greedy rule makes them. */
import { makeTournament } from "./tournament.ts"

/** Writes `pack x items a pack + place in it` of each item to `places`. */
export type Pack = (loads: Float32Array, places: Uint32Array) => void

/** Ties between equal loads go to the item with the lower number: 16 bits of a key hold it. */
const maxItems = 0x10000

/**
 * Items by falling load, each to the least loaded pack with a free place (ties: the lower pack), loads added in 32-bit
 * floats; as many items as packs stay where they are. Hot: plain loops, no allocation; a numeric sort of keys takes
 * the place of a comparison function.
 */
export const makePack = (items: number, packs: number): Pack => {
  const perPack = items / packs
  if (!Number.isInteger(perPack) || items > maxItems) throw new RangeError(`${items} items in ${packs} packs`)
  if (perPack === 1)
    return (_, places) => {
      for (let i = 0; i < items; i++) places[i] = i
    }
  const keys = new Float64Array(items)
  const packLoads = new Float32Array(packs)
  const packItems = new Uint32Array(packs)
  const bits = new Uint32Array(1)
  const float = new Float32Array(bits.buffer)
  const least = makeTournament(packs)
  return (loads, places) => {
    // Bits of floats that are not negative are in the order of the floats, so a key below 2^48 holds load and number.
    for (let i = 0; i < items; i++) {
      float[0] = loads[i]!
      keys[i] = (0xffffffff - bits[0]!) * maxItems + i
    }
    keys.sort()
    packLoads.fill(0)
    packItems.fill(0)
    for (let p = 0; p < packs; p++) least.keys[p] = 0
    least.start()
    for (let k = 0; k < items; k++) {
      const item = keys[k]! - Math.floor(keys[k]! / maxItems) * maxItems
      const pack = least.winner()
      places[item] = pack * perPack + packItems[pack]!
      packItems[pack]!++
      packLoads[pack]! += loads[item]!
      // A full pack takes no part any more.
      least.change(pack, packItems[pack]! < perPack ? packLoads[pack]! : Infinity)
    }
  }
}

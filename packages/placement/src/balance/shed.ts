/** Moves tokens from units that would be done last to units with time to spare. */
import type { AllocationSetup } from "../allocator.ts"
import type { Holders } from "../placement.ts"
import type { Loads } from "./loads.ts"

export type Shed = (holders: Holders, allocation: Uint32Array) => void

/** A unit may be this much later than the target before it sheds: moves cost hops and reads. */
const slack = 0.01

/** A local search that ends: every move brings one unit to the target or empties one task. Hot; no allocation. */
export const makeShed = ({ fabric, experts, blockTokens }: AllocationSetup, loads: Loads): Shed => {
  const { units, hops } = fabric
  const { computePs, memoryPs, tokenPs, readPs } = loads
  const stuck = new Uint8Array(units)

  /** The nearest holder of an expert; ties go to the one with the least to read, then to the lower id. */
  const sourceOf = (e: number, u: number, holders: Holders): number => {
    let source = holders.unit[holders.start[e]!]!
    for (let i = holders.start[e]! + 1; i < holders.start[e + 1]!; i++) {
      const h = holders.unit[i]!
      const closer = hops[h * units + u]! - hops[source * units + u]!
      if (closer < 0 || (closer === 0 && memoryPs[h]! < memoryPs[source]!)) source = h
    }
    return source
  }

  const latest = (): number => {
    let u = -1
    for (let v = 0; v < units; v++) {
      if (stuck[v] === 0 && (u < 0 || computePs[v]! > computePs[u]!)) u = v
    }
    return u
  }

  /** The busiest memory, and the mean arithmetic: no unit needs to be done before the later of them. */
  const busiestMemory = (): number => {
    let busiest = 0
    for (let u = 0; u < units; u++) busiest = Math.max(busiest, memoryPs[u]! - readPs[u]!)
    return busiest
  }

  return (holders, allocation) => {
    let total = 0
    for (let u = 0; u < units; u++) total += computePs[u]!
    const meanPs = total / units
    stuck.fill(0)
    for (let move = 0; move < experts * 4; move++) {
      const u = latest()
      const targetPs = Math.max(meanPs, busiestMemory())
      if (u < 0 || computePs[u]! <= targetPs * (1 + slack)) return
      let best = 0
      let bestE = -1
      let bestV = -1
      let bestTokens = 0
      for (let e = 0; e < experts; e++) {
        const held = allocation[e * units + u]!
        if (held === 0) continue
        for (let v = 0; v < units; v++) {
          if (v === u) continue
          const fetched = allocation[e * units + v]! > 0
          if (!fetched && computePs[v]! >= targetPs) continue
          const source = fetched ? v : sourceOf(e, v, holders)
          // One more read may make a memory the busiest resource: then both units may be as late as it is.
          const levelPs = fetched ? targetPs : Math.max(targetPs, memoryPs[source]!)
          const excess = Math.ceil((computePs[u]! - levelPs) / tokenPs[u]!)
          const room = (levelPs - computePs[v]!) / tokenPs[v]!
          const tokens = Math.floor(Math.min(held, Math.max(excess, blockTokens), room))
          if (excess <= 0 || tokens < Math.min(blockTokens, held) || tokens === 0) continue
          // Tokens for what they cost: nothing new where the expert is read anyway, else a read and its hops.
          const distance = fetched ? 0.25 : 0.5 + hops[source * units + v]!
          const worth = Math.min(tokens, excess) / distance
          if (worth > best) {
            best = worth
            bestE = e
            bestV = v
            bestTokens = tokens
          }
        }
      }
      if (bestE < 0) {
        stuck[u] = 1
        continue
      }
      if (allocation[bestE * units + bestV] === 0) loads.read(sourceOf(bestE, bestV, holders))
      allocation[bestE * units + u]! -= bestTokens
      allocation[bestE * units + bestV]! += bestTokens
      computePs[u]! -= bestTokens * tokenPs[u]!
      computePs[bestV]! += bestTokens * tokenPs[bestV]!
    }
  }
}

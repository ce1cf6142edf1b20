/** Turns an allocation into tasks: who computes, and from whose memory the weights come. */
import { type Fabric, type LayerWork, pushTask, routesOf, type Holders } from "@moira/hardware"

/**
 * Appends a task for every (expert, unit) with tokens, experts ascending. Weights come from the nearest holder
 * (fewest hops); ties go to the holder that has served least in this step, then to the lowest id. Gives the first expert
 * that has more or fewer tokens in `allocation` than in `requests`, or -1: nothing may be done with the tasks then.
 */
export const makeTaskFiller = (fabric: Fabric, experts: number) => {
  const { units } = fabric
  const routes = routesOf(fabric)
  const served = new Uint32Array(units)
  return (expertTokens: Uint32Array, allocation: Uint32Array, holders: Holders, work: LayerWork): number => {
    served.fill(0)
    for (let e = 0; e < experts; e++) {
      const [first, end] = [holders.start[e]!, holders.start[e + 1]!]
      for (let i = first; i < end; i++) work.resident[holders.unit[i]!]!++
      let given = 0
      for (let u = 0; u < units; u++) {
        const tokens = allocation[e * units + u]!
        if (tokens === 0) continue
        given += tokens
        let source = holders.unit[first]!
        for (let i = first + 1; i < end; i++) {
          const h = holders.unit[i]!
          const closer = routes.hops(h, u) - routes.hops(source, u)
          if (closer < 0 || (closer === 0 && served[h]! < served[source]!)) source = h
        }
        served[source]!++
        pushTask(work, e, u, source, tokens)
      }
      if (given !== expertTokens[e]) return e
    }
    return -1
  }
}

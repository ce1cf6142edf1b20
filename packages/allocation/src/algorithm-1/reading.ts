/** What the study leaves open in its Algorithm 1, as data. */
import { type CostModel, type Fabric, type Holders, routesOf } from "@moira/hardware"

/**
 * `arithmetic`: as many units as one expert's arithmetic pays fetches from a neighbour, holders first. The study
 * (IV-E.5) lets an expert's request count set how many candidates stay, and says (V-C) that splitting an expert that is bound
 * by memory gains nothing, so that small batches are as under EP. `shares`: as many as the expert's requests would fill if all units
 * had equal shares, sorted by load alone, and holders beside them.
 */
export type SplitLimit = "arithmetic" | "shares"

/**
 * Which of several units that would be done with a block at the same time takes it: holders first, then the least load when the
 * expert's turn came, then the lower or the higher id.
 */
export type Ties = "lower id" | "higher id"

export interface Reading {
  readonly limit: SplitLimit
  readonly ties: Ties
}

/**
 * Units that one layer step's expert may be split over, at least 1. By `arithmetic` this is floor(its arithmetic / a fetch of its
 * weights from its first holder to that holder's first neighbour), both the machine's own costs. Hot, no allocation.
 */
export const makeSplitLimit = (limit: SplitLimit, fabric: Fabric, cost: CostModel) => {
  const { units } = fabric
  const routes = routesOf(fabric)
  const neighbour = Uint16Array.from({ length: units }, (_, u) => routes.neighbours(u)[0] ?? u)
  return (expert: number, tokens: number, allTokens: number, { start, unit }: Holders): number => {
    if (limit === "shares") return Math.ceil((tokens * units) / allTokens)
    const home = unit[start[expert]!]!
    return Math.max(1, Math.floor(cost.computePs(home, tokens) / cost.fetchPs(home, neighbour[home]!)))
  }
}

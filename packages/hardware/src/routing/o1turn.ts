/** O1TURN (Seo et al., ISCA 2005): half of the traffic goes X first, half Y first, which spreads it over the mesh. */
import { routeXY } from "./xy.ts"
import { routeYX } from "./yx.ts"

/**
 * The original draws one of the two for each packet. A machine gives one route a pair here, so pairs take turns by the
 * parity of their four coordinates: half of the pairs of every source, and of every target, go either way.
 */
export const routeO1Turn = (
  columns: number,
  link: (from: number, to: number) => number
): ((from: number, to: number) => ReadonlyArray<number>) => {
  const [xy, yx] = [routeXY(columns, link), routeYX(columns, link)]
  const parity = (node: number) => ((node % columns) + Math.floor(node / columns)) & 1
  return (from, to) => (parity(from) === parity(to) ? xy(from, to) : yx(from, to))
}

/** Dimension-ordered routing on a mesh, the other way: first along the column, then along the row. */
import { routeXY } from "./xy.ts"

/** Link ids from one mesh node to another, Y before X: the way back of XY, told forwards. */
export const routeYX = (
  columns: number,
  link: (from: number, to: number) => number
): ((from: number, to: number) => ReadonlyArray<number>) => {
  const back = routeXY(columns, (from, to) => link(to, from))
  return (from, to) => back(to, from).toReversed()
}

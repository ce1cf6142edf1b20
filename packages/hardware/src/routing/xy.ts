/** Dimension-ordered routing on a mesh: first along the row, then along the column. Free of deadlock. */

/** Link ids from one mesh node to another, X before Y; `link` finds a link by its ends. */
export const routeXY = (
  columns: number,
  link: (from: number, to: number) => number
): ((from: number, to: number) => ReadonlyArray<number>) => {
  const at = (x: number, y: number) => y * columns + x
  return (from, to) => {
    const path: Array<number> = []
    let [x, y] = [from % columns, Math.floor(from / columns)]
    const [tx, ty] = [to % columns, Math.floor(to / columns)]
    while (x !== tx || y !== ty) {
      const here = at(x, y)
      if (x !== tx) x += Math.sign(tx - x)
      else y += Math.sign(ty - y)
      path.push(link(here, at(x, y)))
    }
    return path
  }
}

/** Dimension-ordered routing on a torus: along the row, then along the column, each the shorter way round. */

/** One step the shorter way round a ring of `length`; where both ways are equally long, towards higher numbers. */
const towards = (from: number, to: number, length: number): number => {
  const ahead = (to - from + length) % length
  return (from + (ahead * 2 <= length ? 1 : length - 1)) % length
}

/** Link ids from one torus node to another, X before Y; `link` finds a link by its ends. */
export const routeTorus = (
  columns: number,
  rows: number,
  link: (from: number, to: number) => number
): ((from: number, to: number) => ReadonlyArray<number>) => {
  return (from, to) => {
    const path: Array<number> = []
    let [x, y] = [from % columns, Math.floor(from / columns)]
    const [tx, ty] = [to % columns, Math.floor(to / columns)]
    while (x !== tx || y !== ty) {
      const here = y * columns + x
      if (x !== tx) x = towards(x, tx, columns)
      else y = towards(y, ty, rows)
      path.push(link(here, y * columns + x))
    }
    return path
  }
}

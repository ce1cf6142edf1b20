/** A rectangular mesh of nodes with links to the four neighbours. */

/** Joined pairs of a `columns x rows` mesh; node `y * columns + x` lies at column x, row y. */
export const meshPairs = (columns: number, rows: number): ReadonlyArray<readonly [a: number, b: number]> => {
  const pairs: Array<readonly [number, number]> = []
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const here = y * columns + x
      if (x + 1 < columns) pairs.push([here, here + 1])
      if (y + 1 < rows) pairs.push([here, here + columns])
    }
  }
  return pairs
}

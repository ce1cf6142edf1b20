/** Counts of a layer as optimizers use them. */

/** The row itself, or one selection of each expert where nothing was counted: such a layer is taken to choose evenly. */
export const countsOrEven = (row: ArrayLike<number>): ArrayLike<number> => {
  for (let e = 0; e < row.length; e++) if (row[e]! > 0) return row
  return new Uint8Array(row.length).fill(1)
}

/** A mesh whose rows and columns close into rings. */
import { meshPairs } from "./mesh.ts"

/** Joined pairs of a `columns x rows` torus, numbered as in `meshPairs`; a ring of two or fewer needs no closing link. */
export const torusPairs = (columns: number, rows: number): ReadonlyArray<readonly [a: number, b: number]> => {
  const pairs = [...meshPairs(columns, rows)]
  if (columns > 2) for (let y = 0; y < rows; y++) pairs.push([y * columns + columns - 1, y * columns])
  if (rows > 2) for (let x = 0; x < columns; x++) pairs.push([(rows - 1) * columns + x, x])
  return pairs
}

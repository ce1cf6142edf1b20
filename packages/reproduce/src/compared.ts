/** Which measured values agree with what was published. */
import { relativeError, type ReproducedRow } from "./document.ts"

/** A row agrees when it is off by no more, unless it has a tolerance of its own. */
export const usualTolerance = 0.15

/** How far off a row may be, as a share of what was published. */
export const toleranceOf = ({ tolerance = usualTolerance }: ReproducedRow): number => tolerance

/** One measured value beside a published one. */
export interface Compared {
  readonly row: ReproducedRow
  readonly side: "twin" | "real" | "ours"
  readonly value: number
  readonly agrees: boolean
}

/** Every measured value of rows that has a published one. */
export const comparedOf = (rows: ReadonlyArray<ReproducedRow>): ReadonlyArray<Compared> =>
  rows.flatMap((row) =>
    (["twin", "real", "ours"] as const).flatMap((side) => {
      const value = row[side] ?? null
      const error = relativeError(value, row.published)
      if (value === null || error === null) return []
      return [{ row, side, value, agrees: Math.abs(error) <= toleranceOf(row) + 1e-9 }]
    })
  )

/** How many rows have a published value and nothing to compare it with. */
export const unmeasuredOf = (rows: ReadonlyArray<ReproducedRow>): number =>
  rows.filter((row) => row.published !== null && comparedOf([row]).length === 0).length

/** What throughput is weighed against, as a metric of rows. */
import { type ComparedRow, type Objective, type ParetoFront } from "@moira/results"
import { paretoFront } from "./pareto.ts"
import { rateOfRow } from "./rows.ts"

const ids = { energy: "energy_per_token_j", area: "area_mm2", money: "money", memory: "memory_bytes" } as const
const words = { energy: "energy a token", area: "area", money: "money", memory: "memory" } as const

export const costIdOf = (against: Objective): string => ids[against]
export const costText = (against: Objective): string => words[against]

/** The front of each setting, among the rows that somebody could serve with. */
export const frontsOf = (
  rows: ReadonlyArray<ComparedRow>,
  settings: number,
  isYardstick: (row: ComparedRow) => boolean,
  costId: string
): ReadonlyArray<ParetoFront> =>
  Array.from({ length: settings }, (_, setting) => {
    const own = rows.flatMap((row, i) => (row.setting === setting && !isYardstick(row) ? [i] : []))
    const points = own.flatMap((row) => {
      const [gain, cost] = [rateOfRow(rows[row]!), rows[row]!.metrics[costId]]
      return gain === undefined || cost === undefined ? [] : [{ row, gain, cost }]
    })
    const { front, knee, dominated } = paretoFront(points)
    const known = new Set(points.map(({ row }) => row))
    return {
      setting,
      front: front.map((i) => points[i]!.row),
      knee: knee === undefined ? null : points[knee]!.row,
      dominated: dominated.map(({ point, by }) => ({ row: points[point]!.row, by: points[by]!.row })),
      without: own.filter((row) => !known.has(row))
    }
  })

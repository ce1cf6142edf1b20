/** Which row answers: the fastest of the setting that most rows are of. */
import type { ComparedRow, Comparison } from "@moira/results"
import { rateOfRow } from "./rows.ts"

type Facts = Pick<Comparison, "rows" | "settings" | "strategies" | "machines" | "pareto">

/** Rates that differ by no more are as fast as each other. */
const tie = 1e-3

/** Whether a row is as fast as another. */
export const isTie = (row: ComparedRow, other: ComparedRow): boolean =>
  Math.abs((rateOfRow(row) ?? 0) / (rateOfRow(other) ?? 1) - 1) <= tie

/** Numbers of a spec of which less is less of a machine. */
const amount = /(?:[bB]ytes|[fF]lops)(?:PerSec)?$/

/** And those of which less is more of it. */
const latency = /Ps$/

/** How much machine it is: the sum of logarithms of what it is built of. */
const sizeOf = ({ machines }: Facts, { machine }: ComparedRow): number => {
  const { spec, units } = machines[machine]!
  return Object.entries(spec).reduce((size, [field, value]) => {
    if (typeof value !== "number" || value < 0) return size
    if (latency.test(field)) return size - Math.log(Math.max(1, value))
    return amount.test(field) && value > 0 ? size + Math.log(value) : size
  }, Math.log(units))
}

/** The setting with the most rows, of equals the largest batch, of equals the last. */
const leadingSetting = ({ rows, settings }: Facts): number => {
  const counts = settings.map((_, i) => rows.filter((row) => row.setting === i && rateOfRow(row) !== undefined).length)
  const batch = (i: number) => Number(settings[i]!.at["batch"] ?? 0)
  return settings.map((_, i) => i).toSorted((a, b) => counts[b]! - counts[a]! || batch(b) - batch(a) || b - a)[0]!
}

/** The fastest other strategy that somebody could serve with, on the machine and in the setting of a row. */
const nextOf = ({ rows, strategies }: Facts, fastest: number): number | null => {
  const { setting, machine, strategy } = rows[fastest]!
  const others = rows.flatMap((row, i) =>
    row.setting === setting &&
    row.machine === machine &&
    row.strategy !== strategy &&
    !strategies[row.strategy]!.yardstick &&
    rateOfRow(row) !== undefined
      ? [i]
      : []
  )
  return others.toSorted((a, b) => rateOfRow(rows[b]!)! - rateOfRow(rows[a]!)! || a - b)[0] ?? null
}

/**
 * The fastest row that somebody could serve with; of rows that are as fast the one on the least machine, since a part that buys
 * nothing need not be built.
 */
export const verdictOf = (facts: Facts): Omit<Comparison["verdict"], "sentences"> => {
  const setting = leadingSetting(facts)
  const own = facts.rows.map((row, i) => ({ row, i })).filter(({ row }) => row.setting === setting)
  const usable = own.filter(({ row }) => !facts.strategies[row.strategy]!.yardstick)
  const rate = (row: ComparedRow) => rateOfRow(row) ?? 0
  const all = usable.length > 0 ? usable : own
  const best = all.reduce((greatest, { row }) => Math.max(greatest, rate(row)), 0)
  const fastest = all
    .filter(({ row }) => rate(row) >= best * (1 - tie))
    .toSorted((a, b) => sizeOf(facts, a.row) - sizeOf(facts, b.row) || rate(b.row) - rate(a.row) || a.i - b.i)[0]!.i
  const knee = facts.pareto.find((front) => front.setting === setting)?.knee ?? null
  return { setting, fastest, next: nextOf(facts, fastest), knee }
}

/** Rows of the comparison: cells of the table with their seeds taken together. */
import { greatestOf, leastOf, mean, sum } from "@moira/core/statistics"
import type { ComparedRow } from "@moira/results"
import { finder, factorOver, rateId, rateOf } from "./factors.ts"
import type { ObservedRun } from "./observed.ts"
import { valueAt } from "./parameters.ts"
import type { Cell, Table } from "./table.ts"
import { sumWaterfalls, waterfallOf } from "./waterfall.ts"

/** Over which strategy, and over which machine: numbers of the table. */
export interface Over {
  readonly baseline: string | undefined
  readonly reference: number
}

/** Factors over a baseline of the documents' own choice; here they are over that of the comparison. */
const relative = new Set(["speedup", "speedup_over_base", "hop_reduction"])

/** Metrics that follow from two of a run's own. */
const derived = ({ metrics }: ObservedRun): Readonly<Record<string, number>> => {
  const { energy_j: energy, tokens, time_ps: timePs } = metrics
  return {
    ...metrics,
    ...(energy === undefined || tokens === undefined || tokens <= 0 ? {} : { energy_per_token_j: energy / tokens }),
    ...(energy === undefined || timePs === undefined || timePs <= 0 ? {} : { power_w: energy / (timePs / 1e12) })
  }
}

/** Means of what all have. */
const means = (all: ReadonlyArray<Readonly<Record<string, number>>>): Record<string, number> =>
  all.length === 1
    ? { ...all[0]! }
    : Object.fromEntries(
        Object.keys(all[0]!)
          .filter((id) => all.every((one) => one[id] !== undefined))
          .map((id) => [id, mean(all.map((one) => one[id]!))])
      )

const spreadOf = (rates: ReadonlyArray<number>): ComparedRow["spread"] => {
  if (rates.length < 2) return null
  const middle = mean(rates)
  const deviation = Math.sqrt(sum(rates.map((rate) => (rate - middle) ** 2)) / (rates.length - 1))
  return { least: leastOf(rates), greatest: greatestOf(rates), deviation }
}

type Named = NonNullable<ComparedRow["busiestUnit"]>

/** The unit and link by name; a link is named by its ends. */
const busiestOf = ({ busiest, machine }: ObservedRun): { readonly unit: Named | null; readonly link: Named | null } => {
  const nameOf = (index: number) => machine.units[index]?.name ?? "switch"
  const [unit, link] = [busiest?.unit ?? null, busiest?.link ?? null]
  const ends = link === null ? undefined : machine.links[link.index]
  return {
    unit: unit === null ? null : { name: nameOf(unit.index), share: unit.share },
    link:
      link === null || ends === undefined
        ? null
        : { name: `${nameOf(ends.fromUnit)} to ${nameOf(ends.toUnit)}`, share: link.share }
  }
}

/** The baseline's row of the same machine and setting: with the same other choices, else its only one. */
const makeBaseline = ({ cells, strategies, axes }: Table, name: string | undefined) => {
  const find = finder(cells)
  const others = axes.filter((field) => field !== "strategy")
  const same = (cell: Cell, strategy: number) =>
    others.every((field) => {
      const { at } = strategies[strategy]!
      return at[field] === undefined || at[field] === valueAt(cell.at, field)
    })
  const named = strategies.flatMap(({ run }, i) => {
    const of = String(run.at["strategy"])
    return of === name || of.startsWith(`${name} on `) ? [i] : []
  })
  return (cell: Cell): Cell | undefined => {
    const strategy = named.find((i) => same(cell, i)) ?? named[0]
    return strategy === undefined ? undefined : find(cell.setting, cell.machine, strategy)
  }
}

/** `costs` gives what machines cost by their number. */
export const makeRows = (
  table: Table,
  { baseline, reference }: Over,
  costs: (machine: number) => Readonly<Record<string, number>>
): ReadonlyArray<ComparedRow> => {
  const find = finder(table.cells)
  const baselineOf = makeBaseline(table, baseline)
  return table.cells.map((cell) => {
    const runs = [...cell.runs.values()]
    const { unit, link } = busiestOf(runs[0]!)
    const other = baselineOf(cell)
    const at = find(cell.setting, reference, cell.strategy)
    const metrics = { ...means(runs.map(derived)), ...costs(cell.machine) }
    return {
      setting: cell.setting,
      machine: cell.machine,
      strategy: cell.strategy,
      at: cell.at,
      seeds: [...cell.runs.keys()],
      metrics: Object.fromEntries(Object.entries(metrics).filter(([id]) => !relative.has(id))),
      spread: spreadOf(runs.flatMap((run) => rateOf(run.metrics) ?? [])),
      binds: Object.entries(means(runs.map(({ parts }) => parts)))
        .map(([name, share]) => ({ name, share }))
        .toSorted((a, b) => b.share - a.share),
      busiestUnit: unit,
      busiestLink: link,
      waterfall: sumWaterfalls(runs.map((run) => waterfallOf(run.metrics, run.parts))),
      overBaseline: other === cell ? null : factorOver(cell, other),
      overReference: cell.machine === reference ? null : factorOver(cell, at)
    }
  })
}

export const rateOfRow = ({ metrics }: ComparedRow): number | undefined => rateOf({ [rateId]: metrics[rateId] ?? 0 })

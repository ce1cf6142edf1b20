/** Runs as a table: settings x machines x strategies, seeds together. */
import { parameterText, type ParameterValue, parameterValueText } from "@moira/results"
import type { At, ObservedRun } from "./observed.ts"
import { axesOf, pick, sideOf, type Side, valuesOf, valueAt } from "./parameters.ts"

/** A value of a side of the table, and the number that rows call it by. */
export interface Entry {
  readonly at: At
  readonly label: string
  /** Any run that has it. */
  readonly run: ObservedRun
}

/** Runs that differ in nothing but their seeds. */
export interface Cell {
  readonly setting: number
  readonly machine: number
  readonly strategy: number
  /** Of all axes. */
  readonly at: At
  /** By seed, ascending. */
  readonly runs: ReadonlyMap<number, ObservedRun>
}

export interface Table {
  readonly axes: ReadonlyArray<string>
  readonly settings: ReadonlyArray<Entry>
  readonly machines: ReadonlyArray<Entry>
  readonly strategies: ReadonlyArray<Entry>
  readonly cells: ReadonlyArray<Cell>
  readonly warnings: ReadonlyArray<string>
}

/** Words that stand for themselves beside others. */
const bare = new Set(["machine", "strategy", "network", "trace"])

export const parameterLabel = (field: string, value: ParameterValue): string =>
  bare.has(field) ? parameterValueText(field, value) : parameterText(field, value)

const labelOf = (at: At, usual: string): string =>
  Object.entries(at)
    .map(([field, value]) => parameterLabel(field, value))
    .join(", ") || usual

/** What an entry is called without one of its fields. */
export const labelWithout = ({ at }: Entry, field: string): string =>
  labelOf(Object.fromEntries(Object.entries(at).filter(([name]) => name !== field)), "")

/** Fields that make a label, its name first. */
const labelled = (side: Side, axes: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...(side === "setting" ? [] : [side]),
  ...axes.filter(
    (field) =>
      field !== side &&
      sideOf(field) === side &&
      (field !== "trace" || !axes.some((other) => other.startsWith("trace.")))
  )
]

/** Position of a run's values among the values of each axis: by name as they appear, numbers by size. */
const placed = (ats: ReadonlyArray<At>, fields: ReadonlyArray<string>) => {
  const places = fields.map((field) => new Map(valuesOf(ats, field).map((value, i) => [value, i])))
  return (at: At) => fields.map((field, f) => places[f]!.get(valueAt(at, field))!)
}

const compareLists = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number => {
  const i = a.findIndex((value, at) => value !== b[at])
  return i < 0 ? 0 : a[i]! - b[i]!
}

/** Runs that are the same on one side make one entry, in order of their values; `keyOf` tells whether they are. */
const entriesOf = (
  runs: ReadonlyArray<ObservedRun>,
  side: Side,
  axes: ReadonlyArray<string>,
  keyOf: (at: At) => string
): { readonly entries: ReadonlyArray<Entry>; readonly index: (at: At) => number } => {
  const fields = labelled(side, axes)
  const place = placed(
    runs.map(({ at }) => at),
    fields
  )
  const firsts = [...new Map(runs.toReversed().map((run) => [keyOf(run.at), run] as const)).entries()]
    .toReversed()
    .map(([key, run]) => ({ key, run, place: place(run.at) }))
    .toSorted((a, b) => compareLists(a.place, b.place))
  const numbers = new Map(firsts.map(({ key }, i) => [key, i]))
  const entries = firsts.map(({ run }) => {
    const at = pick(run.at, fields)
    const usual = `batch ${parameterValueText("batch", valueAt(run.at, "batch"))}`
    return { at, label: labelOf(at, usual), run }
  })
  return { entries, index: (at) => numbers.get(keyOf(at))! }
}

const keyBy =
  (fields: ReadonlyArray<string>) =>
  (at: At): string =>
    JSON.stringify(fields.map((field) => valueAt(at, field)))

/** A run that is given again says the same, or something is wrong. */
const twice = (kept: ObservedRun, again: ObservedRun, label: string): ReadonlyArray<string> =>
  JSON.stringify(kept.metrics) === JSON.stringify(again.metrics)
    ? []
    : [`${label}, seed ${kept.seed}: given twice with different results; the first is taken`]

export const tableOf = (runs: ReadonlyArray<ObservedRun>): Table => {
  const axes = axesOf(runs)
  const all = (side: Side) => [...new Set(runs.flatMap(({ at }) => Object.keys(at)))].filter((f) => sideOf(f) === side)
  const settings = entriesOf(runs, "setting", axes, keyBy(axes.filter((field) => sideOf(field) === "setting")))
  const machines = entriesOf(runs, "machine", axes, keyBy(all("machine")))
  const strategies = entriesOf(
    runs,
    "strategy",
    axes,
    keyBy(["strategy", ...axes.filter((field) => sideOf(field) === "strategy")])
  )
  const cells = new Map<
    string,
    { setting: number; machine: number; strategy: number; at: At; runs: Map<number, ObservedRun> }
  >()
  const warnings: Array<string> = []
  for (const run of runs) {
    const numbers = {
      setting: settings.index(run.at),
      machine: machines.index(run.at),
      strategy: strategies.index(run.at)
    }
    const key = JSON.stringify(numbers)
    const cell = cells.get(key) ?? { ...numbers, at: pick(run.at, axes), runs: new Map<number, ObservedRun>() }
    const kept = cell.runs.get(run.seed)
    if (kept === undefined) cell.runs.set(run.seed, run)
    else
      warnings.push(
        ...twice(
          kept,
          run,
          `${strategies.entries[numbers.strategy]!.label} on ${machines.entries[numbers.machine]!.label}`
        )
      )
    cells.set(key, cell)
  }
  const order = (cell: Cell) => [cell.setting, cell.machine, cell.strategy]
  return {
    axes,
    settings: settings.entries,
    machines: machines.entries,
    strategies: strategies.entries,
    cells: [...cells.values()]
      .map((cell) => ({ ...cell, runs: new Map([...cell.runs].toSorted(([a], [b]) => a - b)) }))
      .toSorted((a, b) => compareLists(order(a), order(b))),
    warnings
  }
}

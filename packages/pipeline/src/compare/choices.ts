/** What is compared with what: the baseline, the reference machine, the field of the curves; and what cannot be. */
import { knownNames } from "@moira/core"
import { leastOf } from "@moira/core/statistics"
import { type ComparedRow, resultKinds, type Sensitivity, type SimulationDocument } from "@moira/results"
import { Result } from "effect"
import { CompareError } from "./error.ts"
import { costIdOf, costText } from "./objective.ts"
import type { ComparedDocument, CompareOptions } from "./options.ts"
import { type At, familyOf } from "./observed.ts"
import { fieldsOf, findField, isValue, valueAt } from "./parameters.ts"
import { usualField } from "./scaling.ts"
import { numericAxes } from "./sensitivities.ts"
import type { Table } from "./table.ts"

const namesOf = ({ strategies }: Table): ReadonlyArray<string> => [
  ...new Set(strategies.map(({ run }) => String(run.at["strategy"])))
]

const isOf = (strategy: string, name: string): boolean => strategy === name || strategy.startsWith(`${name} on `)

/** The strategy that is asked for, else the first that a document names and that ran, else `ep`; undefined where it did not run. */
export const baselineOf = (
  table: Table,
  documents: ReadonlyArray<ComparedDocument>,
  { baseline }: CompareOptions
): Result.Result<string | undefined, CompareError> => {
  const names = namesOf(table)
  if (baseline !== undefined) {
    if (names.some((name) => isOf(name, baseline))) return Result.succeed(baseline)
    return Result.fail(
      new CompareError({
        reason: "UnknownBaseline",
        where: `--baseline ${baseline}`,
        what: "not among the strategies that ran",
        hint: `name one of ${knownNames(baseline, names)}`
      })
    )
  }
  const said = documents.flatMap(({ document }) =>
    document.schema === resultKinds.simulation.schema ? ((document as SimulationDocument).baseline ?? []) : []
  )
  return Result.succeed([...said, "ep"].find((name) => names.some((other) => isOf(other, name))))
}

/** Whether all of a spec is as the machine of its name has it, though changes may be told in the name. */
const isNamed = (at: At, named: CompareOptions["named"]): boolean => {
  const usual = named?.[String(at["machine"])]
  if (usual === undefined) return false
  const fields = fieldsOf([usual, at]).filter((field) => field.startsWith("machine."))
  return fields.every((field) => at[field] === usual[field])
}

/** The machine that is asked for; else the first, in the order given, that stands as its maker names it; else the first. */
export const referenceOf = (
  { machines, cells }: Table,
  { reference = {}, named }: CompareOptions
): Result.Result<number, CompareError> =>
  Result.gen(function* () {
    const own = Map.groupBy(cells, ({ machine }) => machine)
    const sources = machines.map((_, i) =>
      leastOf((own.get(i) ?? []).flatMap(({ runs }) => [...runs.values()].map(({ source }) => source)))
    )
    const given = machines.map((_, i) => i).toSorted((a, b) => sources[a]! - sources[b]! || a - b)
    const wanted = Object.entries(reference)
    if (wanted.length === 0)
      return (
        given.find((i) => familyOf(machines[i]!.run.machine) === machines[i]!.run.machine.name) ??
        given.find((i) => isNamed(machines[i]!.run.at, named)) ??
        given[0]!
      )
    const where = `--reference ${wanted.map((one) => one.join("=")).join(",")}`
    const ats = machines.map(({ run }) => run.at)
    const fields: Array<readonly [string, string]> = []
    for (const [name, value] of wanted) fields.push([yield* findField(name, fieldsOf(ats), where), value])
    const found = given.find((i) => fields.every(([field, value]) => isValue(valueAt(ats[i]!, field), value)))
    if (found !== undefined) return found
    return yield* Result.fail(
      new CompareError({
        reason: "NoRuns",
        where,
        what: "no machine has these values",
        hint: `machines are ${machines
          .slice(0, 6)
          .map(({ label }) => label)
          .join("; ")}${machines.length > 6 ? ` and ${machines.length - 6} more` : ""}`
      })
    )
  })

/** The field that curves run along. */
export const fieldBy = (
  table: Table,
  sensitivities: ReadonlyArray<Sensitivity>,
  strategy: number,
  { by }: CompareOptions
): Result.Result<string | null, CompareError> => {
  if (by === undefined) return Result.succeed(usualField(sensitivities, strategy))
  const where = `--by ${by}`
  const numeric = numericAxes(table)
  const all = fieldsOf(table.cells.flatMap(({ runs }) => [...runs.values()].map(({ at }) => at)))
  return Result.flatMap(findField(by, [...numeric, ...all], where), (field) =>
    numeric.includes(field)
      ? Result.succeed(field)
      : Result.fail(
          new CompareError({
            reason: "UnknownField",
            where,
            what: table.axes.includes(field) ? `the values of ${field} are words` : `${field} is the same in every run`,
            hint:
              numeric.length === 0
                ? "no number varies: give runs of several machines or batches"
                : `numbers that vary are ${knownNames(field, numeric)}`
          })
        )
  )
}

/** Fails where nothing can be compared, or not with what was named. */
export const refuse = (
  { cells, strategies, machines, settings }: Table,
  rows: ReadonlyArray<ComparedRow>,
  { baseline, against }: CompareOptions & { readonly against: NonNullable<CompareOptions["against"]> }
): Result.Result<void, CompareError> => {
  if (cells.length < 2) {
    const { setting, machine, strategy } = cells[0]!
    return Result.fail(
      new CompareError({
        reason: "OnePoint",
        where: `${strategies[strategy]!.label} on ${machines[machine]!.label}, ${settings[setting]!.label}`,
        what: "one machine with one strategy leaves nothing to compare",
        hint: "add runs of another machine, strategy or batch; for one run there is `moira report`"
      })
    )
  }
  if (baseline !== undefined && strategies.length > 1 && rows.every(({ overBaseline }) => overBaseline === null))
    return Result.fail(
      new CompareError({
        reason: "NothingInCommon",
        where: `--baseline ${baseline}`,
        what: "no other strategy ran on the machines, batches and seeds that it ran on",
        hint: "run the baseline beside the others, or name another one"
      })
    )
  const costId = costIdOf(against)
  if (against !== "energy" && rows.every(({ metrics }) => metrics[costId] === undefined))
    return Result.fail(
      new CompareError({
        reason: "NoFigure",
        where: `--against ${against}`,
        what: `no machine says its ${costText(against)}`,
        hint:
          against === "money"
            ? "give prices, for example --price units=25000"
            : against === "area"
              ? "give areas, for example --area units=814"
              : "weigh against energy, area or money"
      })
    )
  return Result.void
}

/** Puts runs of machines and strategies side by side: which is fastest, what binds it, what a part of it buys. */
import { version } from "@moira/core"
import {
  type ComparedRow,
  type Comparison,
  type ComparisonDocument,
  type NotMeasured,
  parameterName,
  type ResultDocument
} from "@moira/results"
import { Result } from "effect"
import { makeCosts } from "./costs.ts"
import { CompareError } from "./error.ts"
import { meanFactor } from "./factors.ts"
import { familyOf } from "./observed.ts"
import { costIdOf, costText, frontsOf } from "./objective.ts"
import type { ComparedDocument, CompareOptions } from "./options.ts"
import { fieldsOf, pick, sideOf, valuesOf } from "./parameters.ts"
import { baselineOf, fieldBy, referenceOf, refuse } from "./choices.ts"
import { readRuns } from "./read-runs.ts"
import { makeRows, rateOfRow } from "./rows.ts"
import { scalingOf } from "./scaling.ts"
import { sensitivitiesOf, unlined } from "./sensitivities.ts"
import { sentencesOf } from "./sentences.ts"
import { type Table, tableOf } from "./table.ts"
import { verdictOf } from "./verdict.ts"

const asCompared = (one: ComparedDocument | ResultDocument): ComparedDocument =>
  "document" in one ? one : { document: one }

const constantsOf = (ats: ReadonlyArray<Comparison["constants"]>): Comparison["constants"] =>
  pick(
    ats[0]!,
    fieldsOf(ats).filter((field) => ats.every((at) => at[field] !== undefined && at[field] === ats[0]![field]))
  )

const machinesOf = (
  { machines }: Table,
  rows: ReadonlyArray<ComparedRow>,
  costs: (machine: number) => Readonly<Record<string, number>>
): Comparison["machines"] => {
  const factors = Map.groupBy(rows, ({ machine }) => machine)
  return machines.map(({ label, run }, i) => ({
    label,
    name: familyOf(run.machine),
    backend: run.machine.backend,
    units: run.machine.units.length,
    spec: Object.fromEntries(
      Object.entries(run.at).flatMap(([field, value]) =>
        field.startsWith("machine.") ? [[field.slice("machine.".length), value]] : []
      )
    ),
    costs: { ...costs(i) },
    overReference: meanFactor((factors.get(i) ?? []).flatMap(({ overReference }) => overReference?.factor ?? []))
  }))
}

const strategiesOf = ({ strategies }: Table, rows: ReadonlyArray<ComparedRow>): Comparison["strategies"] =>
  strategies.map(({ label, run }, i) => ({
    label,
    name: String(run.at["strategy"]),
    yardstick: run.yardstick,
    overBaseline: meanFactor(
      rows.flatMap(({ strategy, overBaseline }) =>
        strategy === i && overBaseline !== null ? [overBaseline.factor] : []
      )
    )
  }))

/** What the comparison lacks, a sentence each. */
const gapsOf = (comparison: Omit<Comparison, "verdict" | "notMeasured">, table: Table): ReadonlyArray<NotMeasured> => {
  const { rows, machines, against, pareto, sensitivities, baseline } = comparison
  const nameOf = (row: number) => machines[rows[row]!.machine]!.label
  const without = [
    ...new Set(
      pareto.flatMap((front) => front.without.filter((row) => rateOfRow(rows[row]!) !== undefined).map(nameOf))
    )
  ]
  const silent = rows.filter((row) => rateOfRow(row) === undefined).length
  const unparted = rows.filter(({ waterfall }) => waterfall === null).length
  const count = (n: number) => `${n} of ${rows.length} rows`
  const words = table.axes.filter(
    (axis) =>
      axis !== "machine" &&
      axis !== "strategy" &&
      valuesOf(
        rows.map(({ at }) => at),
        axis
      ).every((value) => typeof value === "string")
  )
  return [
    ...(without.length === 0
      ? []
      : [
          {
            what: `Throughput against ${costText(against)}`,
            why: `no figure is known of ${without.slice(0, 4).join("; ")}${without.length > 4 ? ` and ${without.length - 4} more machines` : ""}`
          }
        ]),
    ...(silent === 0 ? [] : [{ what: "Throughput", why: `${count(silent)} say none, or one that is not above 0` }]),
    ...(baseline === null && table.strategies.length > 1
      ? [{ what: "Strategies over a baseline", why: "the baseline did not run; name one of those that did" }]
      : []),
    ...(unparted === 0
      ? []
      : [
          {
            what: "From the lower bound to the time",
            why: `${count(unparted)} do not tell their time, bound and parts, or these do not add up`
          }
        ]),
    ...unlined(table, sensitivities).map((field) => ({
      what: `What ${parameterName(field)} moves`,
      why: "no two rows differ in it alone: other parameters vary together with it"
    })),
    ...words
      .filter((axis) => sideOf(axis) !== "setting")
      .map((axis) => ({ what: `Elasticity of ${parameterName(axis)}`, why: "its values are words" }))
  ]
}

/**
 * Compares the runs of documents of `moira simulate`, of one model. Pure: the same documents and options give the same comparison.
 *
 * Runs that differ in their seeds only are one row, of their mean. Factors of strategies are between rows of one machine, those of
 * machines between rows of one strategy, both within one setting and seed by seed. Fails where runs are of several models, where
 * there is but one row, and where a name is unknown.
 */
export const compare = (
  documents: ReadonlyArray<ComparedDocument | ResultDocument>,
  options: CompareOptions = {}
): Result.Result<ComparisonDocument, CompareError> =>
  Result.gen(function* () {
    const given = documents.map(asCompared)
    const { runs, input } = yield* readRuns(given, options)
    const table = tableOf(runs)
    const { against = "energy" } = options
    const ats = runs.map(({ at }) => at)
    const costsAt = yield* makeCosts(ats, options)
    const costs = (machine: number) => costsAt(table.machines[machine]!.run.at)
    const baseline = yield* baselineOf(table, given, options)
    const reference = yield* referenceOf(table, options)
    const rows = makeRows(table, { baseline, reference }, costs)
    yield* refuse(table, rows, { ...options, against })
    const sensitivities = sensitivitiesOf(table, rows, costIdOf(against))
    const strategies = strategiesOf(table, rows)
    const pareto = frontsOf(
      rows,
      table.settings.length,
      ({ strategy }) => strategies[strategy]!.yardstick,
      costIdOf(against)
    )
    const machines = machinesOf(table, rows, costs)
    const settings = table.settings.map(({ label, at }) => ({ label, at }))
    const verdict = verdictOf({ rows, settings, strategies, machines, pareto })
    const by = yield* fieldBy(table, sensitivities, rows[verdict.fastest]!.strategy, options)
    const runsOf = Map.groupBy(runs, ({ source }) => source)
    const found = {
      sources: given.map(({ name, document }, i) => ({
        name: name ?? document.schema,
        runs: runsOf.get(i)?.length ?? 0
      })),
      baseline: baseline ?? null,
      reference,
      against,
      by,
      axes: table.axes.map((field) => ({ field, values: valuesOf(ats, field) })),
      constants: constantsOf(ats),
      settings,
      machines,
      strategies,
      rows,
      pareto,
      sensitivities,
      scaling: by === null ? [] : scalingOf(table, rows, by),
      warnings: [...table.warnings, ...new Set(runs.flatMap(({ warnings }) => warnings))]
    }
    const notMeasured = [...(options.missing ?? []), ...gapsOf(found, table)]
    const document: ComparisonDocument = {
      schema: "moira-comparison/1",
      moira: version,
      ...(input === undefined ? {} : { input }),
      comparison: {
        ...found,
        notMeasured,
        verdict: { ...verdict, sentences: sentencesOf({ ...found, notMeasured, verdict }) }
      }
    }
    return document
  })

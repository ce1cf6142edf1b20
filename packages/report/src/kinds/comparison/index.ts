/** Chapters on machines and strategies side by side: which to build, what binds it, what a part of it buys. */
import { parameterText, resultKinds } from "@moira/results"
import { integer } from "../../format.ts"
import { of } from "../../not-measured.ts"
import { machineOrigin } from "../../provenance.ts"
import type { ReportedKind } from "../../reported-kind.ts"
import { comparedMachines } from "./figures/compared-machines.ts"
import { paretoFront } from "./figures/pareto-front.ts"
import { scalingCurves } from "./figures/scaling-curves.ts"
import { sensitivity } from "./figures/sensitivity.ts"
import { timeWaterfall } from "./figures/time-waterfall.ts"
import { comparisonOf, costIds, rateId } from "./found.ts"
import { answer, answerMessage } from "./headlines.ts"
import { comparedMachinesTable, comparedStrategies } from "./tables/answer.ts"
import { breakRows, dominatedRows, frontRows, sensitivityRows } from "./tables/buys.ts"
import { comparedRows, waterfallRows } from "./tables/rows.ts"

const comparison = {
  ...resultKinds.comparison,
  order: 50,
  sections: [
    {
      id: "answer",
      order: 10,
      title: "Which machine",
      lead: "Machines under one strategy and strategies on one machine, on the same requests: two factors, never multiplied."
    },
    {
      id: "worth",
      order: 20,
      title: "Is it worth it",
      lead: "Throughput against what it costs: what is on the front is as fast as anything that costs no more."
    },
    {
      id: "buys",
      order: 30,
      title: "What a part buys",
      lead: "One parameter moves while all others stand still: how far throughput follows, and where it stops."
    },
    {
      id: "bound",
      order: 40,
      title: "How far from the bound",
      lead: "What keeps a layer step from the least time that its requests allow on this machine."
    },
    {
      id: "rows",
      order: 50,
      title: "Everything compared",
      lead: "One row for each setting, machine and strategy; seeds are taken together."
    }
  ],
  figures: [comparedMachines, paretoFront, scalingCurves, sensitivity, timeWaterfall],
  tables: [
    comparedMachinesTable,
    comparedStrategies,
    frontRows,
    dominatedRows,
    breakRows,
    sensitivityRows,
    waterfallRows,
    comparedRows
  ],
  headlines: [{ order: 10, of: answer }],
  messages: [{ order: 10, of: answerMessage }],
  warnings: (evidence) => comparisonOf(evidence)?.warnings ?? [],
  notMeasured: { order: 10, of: (evidence) => of("Comparison", comparisonOf(evidence)?.notMeasured) },
  origins: {
    order: 100,
    of: (evidence) => {
      const found = comparisonOf(evidence)
      if (found === undefined) return []
      const { sources, constants, axes, machines, reference, rows, baseline, by } = found
      const runs = sources.reduce((sum, one) => sum + one.runs, 0)
      const same = Object.entries(constants).filter(([field]) => !field.startsWith("machine.") && field !== "trace")
      return [
        {
          name: "Compared",
          value: `${integer(runs)} runs of ${sources.length} documents in ${integer(rows.length)} rows`
        },
        { name: "Seeds", value: [...new Set(rows.flatMap(({ seeds }) => seeds))].toSorted((a, b) => a - b).join(", ") },
        {
          name: "Varies",
          value: axes.map(({ field, values }) => `${field} (${values.length})`).join(", ") || "nothing"
        },
        { name: "The same in all", value: same.map(([field, value]) => parameterText(field, value)).join(", ") },
        { name: "Strategies over", value: baseline ?? "nothing: the baseline did not run" },
        { name: "Machines over", value: machines[reference]!.label },
        { name: "Curves along", value: by ?? "nothing" },
        machineOrigin(machines[reference]!.label, machines[reference]!)
      ]
    }
  },
  metricsShown: (evidence) => {
    const found = comparisonOf(evidence)
    if (found === undefined) return []
    const held = new Set(found.rows.flatMap(({ metrics }) => Object.keys(metrics)))
    const told = [
      rateId,
      costIds[found.against],
      "lower_bound_ratio",
      "power_w",
      ...[...held].filter((id) => id.startsWith("bound_"))
    ]
    return told.filter((id, i) => held.has(id) && told.indexOf(id) === i)
  },
  about: (evidence) => {
    const found = comparisonOf(evidence)
    if (found === undefined) return undefined
    const { constants, machines, strategies, rows } = found
    return {
      title: String(constants["model"] ?? "Machines"),
      facts: [
        `${integer(machines.length)} ${machines.length === 1 ? "machine" : "machines"}`,
        `${integer(strategies.length)} ${strategies.length === 1 ? "strategy" : "strategies"}`,
        `${integer(rows.length)} rows`
      ]
    }
  }
} satisfies ReportedKind

export default comparison

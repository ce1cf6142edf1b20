import { greatestOf, sum } from "@moira/core/statistics"
import type { ComparedRow, Comparison } from "@moira/results"
import { column } from "../../../drawing/picture.ts"
import { niceCeil } from "../../../drawing/ticks.ts"
import { waterfall } from "../../../drawing/waterfall.ts"
import { figure } from "../../../figure.ts"
import { duration, percent, tick } from "../../../format.ts"
import { figureWidth, hue } from "../../../theme.ts"
import { colourOfPart, comparisonOf, fastestOf, rowLabel } from "../found.ts"

/** Parts in words, as they stack up. */
export const partWords: Readonly<Record<string, string>> = {
  bound: "Lower bound",
  work: "Work above it",
  imbalance: "Imbalance",
  link: "Links",
  exchange: "Exchange",
  decision: "Decisions",
  latency: "Latency"
}

const colourOf = (part: string): string =>
  part === "bound" ? hue.green : part === "work" ? hue.blue : colourOfPart(part)

/** Parts of a mean layer step, which add up to its time. */
const stepsOf = ({ waterfall: parts, metrics }: ComparedRow) => {
  const whole = sum(parts!.map(({ ps }) => ps))
  return parts!.map(({ part, ps }) => ({ part, value: (ps / whole) * (metrics["layer_time_ps"] ?? whole) }))
}

/** Parts that are less of every time than this are in the table only: nobody could see their bars. */
const leastShare = 5e-4

/** Times within this factor share a scale; on that of longer ones nothing of the shorter could be seen. */
const oneScale = 4

/** The fastest row; beside it the same strategy on the reference machine, and the baseline, or the next strategy, on its own. */
const shownOf = (of: Comparison): ReadonlyArray<ComparedRow> => {
  const fastest = fastestOf(of)
  const { setting, machine, strategy } = fastest
  const at = (other: Partial<ComparedRow>) =>
    of.rows.find((row) =>
      Object.entries({ setting, machine, strategy, ...other }).every(
        ([field, value]) => row[field as "setting"] === value
      )
    )
  const baseline = of.strategies.findIndex(({ name }) => name === of.baseline)
  const other = baseline === strategy ? of.rows[of.verdict.next ?? -1] : at({ strategy: baseline })
  return [...new Set([fastest, at({ machine: of.reference }), other])].filter(
    (row): row is ComparedRow => row !== undefined && row.waterfall !== null
  )
}

/** From the lower bound to the time, part by part. */
export const timeWaterfall = figure("time-waterfall", "bound", (evidence) => {
  const of = comparisonOf(evidence)
  if (of === undefined) return undefined
  const rows = shownOf(of)
  if (rows.length === 0) return undefined
  const all = rows.map((row) => {
    const steps = stepsOf(row)
    return { row, steps, whole: sum(steps.map(({ value }) => value)) }
  })
  const seen = new Set(
    all.flatMap(({ steps, whole }) => steps.flatMap(({ part, value }) => (value >= leastShare * whole ? [part] : [])))
  )
  const first = all[0]!
  const bound = first.steps[0]!.value / first.whole
  const longest = greatestOf(all.map(({ whole }) => whole))
  const shared = all.every(({ whole }) => whole * oneScale >= longest)
  const small = all.some(({ steps }) =>
    steps.some(({ part, value }) => part !== "bound" && value > 0 && !seen.has(part))
  )
  return {
    title: "From the lower bound to the simulated time",
    caption:
      `A mean layer step of ${rowLabel(of, first.row)}: its lower bound is ${percent(bound, 0)} of it. The bound is what the requests ask for, shared ` +
      "perfectly over all units, at no cost of links; each part adds what of it lies above the bound, in this order, so that the bars add up to the time exactly. " +
      "Work above it is what is read or computed more than once." +
      (small ? " Parts below 0.05 % of every time are in the table only." : ""),
    picture: column(
      all.map(({ row, steps, whole }) =>
        waterfall({
          title: rowLabel(of, row),
          steps: steps
            .filter(({ part }) => part === "bound" || seen.has(part))
            .map(({ part, value }) => ({ label: partWords[part] ?? part, value, colour: colourOf(part) })),
          total: "Layer step",
          x: {
            label: "Time of a mean layer step",
            format: tick(duration),
            max: niceCeil(shared ? longest : whole)
          },
          width: figureWidth.full
        })
      ),
      22
    )
  }
})

import { greatestOf, leastOf } from "@moira/core/statistics"
import { type Comparison, parameterName, parameterValueText, type ScalingCurve } from "@moira/results"
import { type Line, lineChart } from "../../../drawing/lines.ts"
import { grid } from "../../../drawing/picture.ts"
import { niceCeil } from "../../../drawing/ticks.ts"
import { figure } from "../../../figure.ts"
import { compact, tick } from "../../../format.ts"
import { metricOf } from "../../../metric.ts"
import { figureWidth, strategyColours } from "../../../theme.ts"
import { comparisonOf, fastestOf, rateId, rateOf, settingLabel } from "../found.ts"

/** Panels that are drawn: what else varies than the field, the panel of the fastest row among them. */
const most = 6

/** Lines more than this factor apart are easier to compare on a log scale. */
const logFrom = 12

const coloursOf = (curves: ReadonlyArray<ScalingCurve>) => strategyColours(curves.map(({ of }) => of))

const lineOf = (of: Comparison, { of: label, points }: ScalingCurve, colours: ReadonlyMap<string, string>): Line => {
  return {
    label,
    colour: colours.get(label)!,
    points: points.map(({ value, row }) => ({ x: value, y: rateOf(of.rows[row]!) }))
  }
}

/** Curves of one panel are of one machine but for the field. */
const panelsOf = ({ scaling, verdict }: Comparison): ReadonlyArray<readonly [string, ReadonlyArray<ScalingCurve>]> => {
  const own = scaling.filter(({ setting }) => setting === verdict.setting)
  const curves = own.length > 0 ? own : scaling
  const all = [...Map.groupBy(curves, ({ label }) => label)]
  const lead = all.findIndex(([, of]) => of.some(({ points }) => points.some(({ row }) => row === verdict.fastest)))
  return lead < most ? all.slice(0, most) : [...all.slice(0, most - 1), all[lead]!]
}

/** Throughput along the field, a line a strategy; where a line changes what it follows is shaded in its colour. */
export const scalingCurves = figure("scaling-curves", "buys", (evidence) => {
  const of = comparisonOf(evidence)
  if (of === undefined || of.by === null || of.scaling.length === 0) return undefined
  const { by } = of
  const panels = panelsOf(of)
  const colours = coloursOf(of.scaling)
  const rates = panels.flatMap(([, curves]) =>
    curves.flatMap(({ points }) => points.map(({ row }) => rateOf(of.rows[row]!)))
  )
  const values = panels.flatMap(([, curves]) => curves.flatMap(({ points }) => points.map(({ value }) => value)))
  const [low, high] = [leastOf(rates), greatestOf(rates)]
  const log = low > 0 && high / low > logFrom
  const xLog = leastOf(values) > 0 && greatestOf(values) / leastOf(values) > 2
  const single = panels.length === 1
  const width = single ? figureWidth.full : figureWidth.half
  const room = single ? 8 : 4
  const distinct = [...new Set(values)].toSorted((a, b) => a - b)
  const ticks = distinct.filter((_, i) => i % Math.ceil(distinct.length / room) === 0)
  const { unit } = metricOf(rateId)
  const pictures = panels.map(([label, curves]) =>
    lineChart({
      ...(label === "" ? {} : { title: label }),
      lines: curves.map((curve) => lineOf(of, curve, colours)),
      x: by,
      xScale: { log: xLog, ticks, format: (value) => parameterValueText(by, value) },
      spans: curves.flatMap(({ of: strategy, breaks }) =>
        breaks.map((one) => ({ from: one.low, to: one.high, colour: colours.get(strategy)! }))
      ),
      y: {
        label: log ? `${unit}, log scale` : unit,
        domain: log ? [low / 1.25, high * 1.25] : [0, niceCeil(high)],
        log,
        format: tick(compact)
      },
      width,
      height: single ? 380 : 300
    })
  )
  const said = of.verdict.sentences.filter((text) => text.startsWith("Along "))
  return {
    title: `Throughput along ${parameterName(by)}`,
    caption: `All else equal in a panel, at ${settingLabel(of, fastestOf(of))}. Shaded, or dashed: where a line of that colour changes what it follows. ${said.join(" ")}`,
    picture: grid(pictures, single ? 1 : 2)
  }
})

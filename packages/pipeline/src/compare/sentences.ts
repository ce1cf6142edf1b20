/** The answer in sentences: which machine, what binds it, what a part of it buys. Factors over machines and over strategies stay apart. */
import {
  type ComparedFactor,
  type Comparison,
  metrics as metricTable,
  parameterName,
  parameterValueText,
  type ScalingBreak,
  type ScalingCurve
} from "@moira/results"
import { formatCount } from "@moira/core"
import { costIdOf, costText } from "./objective.ts"
import { sideOf } from "./parameters.ts"
import { rateOfRow } from "./rows.ts"
import { isTie } from "./verdict.ts"

type Facts = Omit<Comparison, "verdict"> & { readonly verdict: Omit<Comparison["verdict"], "sentences"> }

const times = (factor: number): string => `${factor >= 100 ? Math.round(factor) : factor.toPrecision(3)}×`
const percent = (share: number): string => `${Math.round(100 * share)} %`
const fixed = (value: number): string => (Math.abs(value) < 0.005 ? "0" : value.toFixed(2)).replace("-", "−")

/** A rate of three digits at least. */
const countText = (rate: number): string =>
  rate >= 100 ? formatCount(Math.round(rate)) : String(Number(rate.toPrecision(3)))

/** What binds in words: `reading` is `bound by reading`. */
const bindsWords = (part: string): string =>
  part === "stall"
    ? "bound by waiting for experts"
    : part === "experts"
      ? "bound by the experts that are there"
      : (metricTable.get(`bound_${part}_share`)?.title.toLowerCase() ?? `bound by ${part}`)

/** Parts worth telling beside the first. */
const worthTelling = 0.1

const bindsText = ({ rows }: Facts, row: number): string | undefined => {
  const { binds, busiestLink } = rows[row]!
  const [first, ...others] = binds
  if (first === undefined) return undefined
  const more = others
    .filter(({ share }) => share >= worthTelling)
    .map(({ name, share }) => `${name} ${percent(share)}`)
    .join(", ")
  const link = binds.some(({ name, share }) => name === "link" && share >= worthTelling) ? busiestLink : null
  const which = link === null ? "" : `; the link most waited for is ${link.name}`
  return `It is ${bindsWords(first.name)} for ${percent(first.share)} of its time${more === "" ? "" : `, then ${more}`}${which}.`
}

const range = ({ least, greatest, pairs }: ComparedFactor, of: string): string =>
  pairs > 1 && times(least) !== times(greatest) ? ` (${times(least)} to ${times(greatest)} over ${pairs} ${of})` : ""

/** Below 1 as well: `0.95×`. */
const overText = (factor: ComparedFactor, of: string): string => `${times(factor.factor)}${range(factor, of)}`

const fastestText = ({ rows, machines, strategies, settings, verdict }: Facts): string => {
  const row = rows[verdict.fastest]!
  const machine = machines[row.machine]!.label
  const of = new Set(rows.filter(({ setting }) => setting === row.setting).map((one) => one.machine)).size
  const rate = countText(rateOfRow(row) ?? 0)
  const seeds = row.seeds.length > 1 ? `, mean of ${row.seeds.length} seeds` : ""
  const head = of === 1 ? `On ${machine}:` : `Fastest of ${of} machines is ${machine}:`
  const equal = rows.filter(
    (one) =>
      one.setting === row.setting && one.strategy === row.strategy && one.machine !== row.machine && isTie(one, row)
  ).length
  const others = equal === 0 ? "" : `; ${equal === 1 ? "one larger machine is" : `${equal} larger ones are`} as fast`
  return `${head} ${rate} tokens/s with ${strategies[row.strategy]!.label} at ${settings[row.setting]!.label}${seeds}${others}.`
}

/** The strategy that comes next on the machine of the answer, where that of the answer is the baseline itself. */
const nextText = ({ rows, machines, strategies, baseline, verdict }: Facts): ReadonlyArray<string> => {
  const next = verdict.next === null ? undefined : rows[verdict.next]
  if (next === undefined || next.overBaseline === null) return []
  const name = strategies[next.strategy]!.label
  return [
    `Strategy over strategy: ${name}, the next, has ${overText(next.overBaseline, "seeds")} the throughput of ${baseline}, both on ${machines[next.machine]!.label}.`
  ]
}

/** A machine over a machine, and apart from it a strategy over a strategy. */
const factorTexts = (facts: Facts): ReadonlyArray<string> => {
  const { rows, machines, strategies, reference, baseline, verdict } = facts
  const row = rows[verdict.fastest]!
  const strategy = strategies[row.strategy]!
  const machine = machines[row.machine]!
  return [
    ...(row.overReference === null
      ? []
      : [
          `Machine over machine: ${overText(row.overReference, "seeds")} the throughput of ${machines[reference]!.label}, both with ${strategy.label}.`
        ]),
    ...(row.overBaseline === null
      ? nextText(facts)
      : [
          `Strategy over strategy: ${overText(row.overBaseline, "seeds")} the throughput of ${baseline}, both on ${machine.label}.`
        ])
  ]
}

/** Logarithms of factors below this are of a field that moves nothing. */
const still = 0.005

const movesText = ({ sensitivities, rows, verdict, against }: Facts): string | undefined => {
  const of = rows[verdict.fastest]!.strategy
  const own = sensitivities.filter((one) => one.strategies.includes(of))
  // What can be built comes before what can be asked of it.
  const most = own.find(({ field }) => sideOf(field) === "machine") ?? own[0]
  if (most === undefined) return undefined
  const { field, from, to, elasticity, factor, costElasticity } = most
  const [low, high] = [from, to].map((value) => parameterValueText(field, value))
  const slope = elasticity === null ? "" : `, elasticity ${fixed(elasticity)}`
  const cost = costElasticity === null ? "" : `; ${costText(against)} changes with elasticity ${fixed(costElasticity)}`
  const name = parameterName(field)
  const built = sideOf(field) === "machine"
  const whose = `throughput (${most.of})`
  const head =
    Math.abs(Math.log(factor.factor)) < still
      ? `${built ? "None of the parts that vary" : "Nothing that varies"} moves ${whose}; ${name}`
      : `Of ${built ? "the parts that vary" : "what varies"}, ${name} moves ${whose} most`
  return `${head}: ${times(factor.factor)} from ${low} to ${high}${slope}${cost}.`
}

/** `bound by links up to 425 GB/s (elasticity 0.93), bound by reading from 850 GB/s on (elasticity 0.02)`; where a side has one point, `at` it. */
const breakText = (field: string, one: ScalingBreak): string => {
  const [low, high] = [one.low, one.high].map((value) => parameterValueText(field, value))
  const point = one.low === one.high
  const upTo = one.elasticityBelow === null ? `at ${low}` : `up to ${point ? "about " : ""}${low}`
  const from = one.elasticityAbove === null ? `at ${high}` : point ? "from there on" : `from ${high} on`
  const [below, above] = [one.elasticityBelow, one.elasticityAbove].map((e) =>
    e === null ? "elasticity unknown" : `elasticity ${fixed(e)}`
  )
  if (one.bindsBelow === null || one.bindsAbove === null) return `of ${below} ${upTo}, of ${above} ${from}`
  if (one.bindsBelow === one.bindsAbove)
    return `${bindsWords(one.bindsBelow)}, of ${below} ${upTo}, of ${above} ${from}`
  return `${bindsWords(one.bindsBelow)} ${upTo} (${below}), ${bindsWords(one.bindsAbove)} ${from} (${above})`
}

/** The curve that the fastest row lies on, else the longest of its strategy and setting, in words. */
const curveText = ({ scaling, by, rows, verdict }: Facts): string | undefined => {
  const movedBy = ({ points }: ScalingCurve) =>
    Math.abs(Math.log(rateOfRow(rows[points.at(-1)!.row]!)! / rateOfRow(rows[points[0]!.row]!)!))
  const { setting, strategy } = rows[verdict.fastest]!
  const own = scaling.filter((one) => one.setting === setting && one.strategies.includes(strategy))
  const curve =
    scaling.find(({ points }) => points.some(({ row }) => row === verdict.fastest)) ??
    own.toSorted((x, y) => y.points.length - x.points.length)[0]
  if (by === null || curve === undefined) return undefined
  const head = `Along ${parameterName(by)}, ${curveWords(by, curve, rows)}`
  // Where the answer does not move, whoever asked for the field wants to know what does.
  const other =
    movedBy(curve) >= still
      ? undefined
      : scaling
          .filter((one) => one.setting === setting && one.label === curve.label && movedBy(one) >= still)
          .toSorted((x, y) => movedBy(y) - movedBy(x))[0]
  return other === undefined ? `${head}.` : `${head}; ${curveWords(by, other, rows)}.`
}

/** What more of the field buys along a curve: its breaks, or that there is none. */
const curveWords = (field: string, { points, breaks, label, of }: ScalingCurve, rows: Facts["rows"]): string => {
  const [first, last] = [points[0]!, points.at(-1)!]
  const [low, high] = [first.value, last.value].map((value) => parameterValueText(field, value))
  const where = label === "" ? "" : ` (${label})`
  if (breaks.length > 0) return `${of}${where} is ${breaks.map((one) => breakText(field, one)).join("; ")}`
  const factor = rateOfRow(rows[last.row]!)! / rateOfRow(rows[first.row]!)!
  const slopes = points.flatMap(({ elasticity }) => elasticity ?? [])
  const mean = slopes.reduce((sum, e) => sum + e, 0) / slopes.length
  const all = slopes.length === 0 ? "" : ` (elasticity ${fixed(mean)} in the mean)`
  return Math.abs(Math.log(factor)) < still
    ? `${of}${where} stays as fast from ${low} to ${high}${all}`
    : `${of}${where} has ${times(factor)} the throughput from ${low} to ${high}, without a break${all}`
}

const kneeText = ({ rows, machines, strategies, verdict, against, pareto }: Facts): string | undefined => {
  const front = pareto.find(({ setting }) => setting === verdict.setting)
  const costId = costIdOf(against)
  const fastest = rows[verdict.fastest]!
  const cost = (row: number) => rows[row]!.metrics[costId]
  if (front === undefined || front.front.length === 0 || cost(verdict.fastest) === undefined) return undefined
  const [rate, price] = [rateOfRow(fastest)!, cost(verdict.fastest)!]
  const same = front.front.every((row) => isTie(rows[row]!, fastest))
  const told = (i: number) => {
    const row = rows[i]!
    const name = `${machines[row.machine]!.label} with ${strategies[row.strategy]!.label}`
    return `${name}: ${percent(rateOfRow(row)! / rate)} of the greatest throughput at ${percent(cost(i)! / price)} of its ${costText(against)}`
  }
  if (verdict.knee !== null) return `Against ${costText(against)} the knee is ${told(verdict.knee)}.`
  return same
    ? `Against ${costText(against)} nothing is traded: no row takes less than the fastest.`
    : `Against ${costText(against)} the front has ${front.front.length} rows and no knee; its cheapest is ${told(front.front[0]!)}.`
}

export const sentencesOf = (facts: Facts): ReadonlyArray<string> => [
  fastestText(facts),
  ...[bindsText(facts, facts.verdict.fastest)].filter((text) => text !== undefined),
  ...factorTexts(facts),
  ...[movesText(facts), curveText(facts), kneeText(facts)].filter((text) => text !== undefined)
]

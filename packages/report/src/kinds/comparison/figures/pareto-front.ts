import { greatestOf } from "@moira/core/statistics"
import { key } from "../../../drawing/legend.ts"
import { column } from "../../../drawing/picture.ts"
import { scatter } from "../../../drawing/scatter.ts"
import { figure } from "../../../figure.ts"
import { bytes, compact, joules, tick } from "../../../format.ts"
import { metricOf } from "../../../metric.ts"
import { figureWidth, strategyColours } from "../../../theme.ts"
import {
  comparisonOf,
  costIds,
  fastestOf,
  machineLabel,
  rateId,
  rateOf,
  settingLabel,
  strategyLabel
} from "../found.ts"

const formats = { energy: joules, area: compact, money: compact, memory: bytes } as const

/** Rows that are so many times slower than the fastest, or dearer than the front, are counted and not drawn: they would press all others together. */
const [slowest, dearest] = [20, 3]

/** Throughput against what it costs, in the setting of the answer. */
export const paretoFront = figure("pareto-front", "worth", (evidence) => {
  const of = comparisonOf(evidence)
  if (of === undefined) return undefined
  const { setting, fastest, knee } = of.verdict
  const front = of.pareto.find((one) => one.setting === setting)
  if (front === undefined || front.front.length + front.dominated.length < 2) return undefined
  const costId = costIds[of.against]
  const cost = metricOf(costId)
  const rate = metricOf(rateId)
  const colours = strategyColours(of.strategies.map(({ label }) => label))
  const name = (i: number): string | undefined => {
    const said = [
      ...(i === fastest ? ["fastest"] : []),
      ...(i === knee ? ["knee"] : []),
      ...(i === front.front[0] && front.front.length > 1 ? ["cheapest"] : [])
    ]
    return said.length === 0 ? undefined : `${said.join(", ")}: ${machineLabel(of, of.rows[i]!)}`
  }
  const onFront = new Set(front.front)
  const [least, greatest] = [
    rateOf(of.rows[fastest]!) / slowest,
    dearest * greatestOf(front.front.map((i) => of.rows[i]!.metrics[costId]!))
  ]
  const drawn = [...front.dominated.map(({ row }) => row), ...front.front].filter(
    (i) => onFront.has(i) || (rateOf(of.rows[i]!) >= least && of.rows[i]!.metrics[costId]! <= greatest)
  )
  const hidden = front.dominated.length + front.front.length - drawn.length
  const dots = drawn.map((i) => {
    const row = of.rows[i]!
    const said = name(i)
    return {
      x: row.metrics[costId]!,
      y: rateOf(row),
      colour: colours.get(strategyLabel(of, row))!,
      filled: onFront.has(i),
      ...(said === undefined ? {} : { name: said })
    }
  })
  const format = formats[of.against]
  const chart = scatter({
    dots,
    line: front.front.map((i) => ({ x: of.rows[i]!.metrics[costId]!, y: rateOf(of.rows[i]!) })),
    x: { label: `${cost.title} (${cost.unit})`, format: tick(format) },
    y: { label: `${rate.title} (${rate.unit})`, format: tick(compact) },
    width: figureWidth.full,
    height: 420
  })
  const strategies = [...new Set(dots.map(({ colour }) => colour))].map((colour) => ({
    label: [...colours].find(([, value]) => value === colour)![0],
    colour,
    mark: "dot" as const
  }))
  const said = of.verdict.sentences.filter((text) => text.startsWith("Against "))
  return {
    title: `Throughput against ${cost.title.toLowerCase()}`,
    caption: `Each dot is a machine with a strategy at ${settingLabel(of, fastestOf(of))}. Filled ones are on the front: none is as fast for less. ${said.join(" ")}${hidden === 0 ? "" : ` ${hidden} that are more than ${slowest} times slower or ${dearest} times dearer are not drawn.`}`,
    picture: column([key(strategies, figureWidth.full), chart], 8)
  }
})

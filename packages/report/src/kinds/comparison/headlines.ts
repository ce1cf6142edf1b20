/** What a comparison is told by; factors over machines and over strategies are never one figure. */
import { type Comparison, type Evidence, parameterName, parameterValueText } from "@moira/results"
import { compact, percent, times } from "../../format.ts"
import { metricOf } from "../../metric.ts"
import type { Headline } from "../../reported-kind.ts"
import {
  comparisonOf,
  costIds,
  fastestOf,
  machineLabel,
  partTitle,
  rateId,
  rateOf,
  rowLabel,
  settingLabel,
  strategyLabel
} from "./found.ts"

/** The knee of the front; else the field that moves the fastest strategy most. */
const last = (of: Comparison): ReadonlyArray<Headline> => {
  const fastest = fastestOf(of)
  const { rows, verdict, against, sensitivities } = of
  const costId = costIds[against]
  const cost = metricOf(costId).title.toLowerCase()
  const most = fastest.metrics[costId]
  if (verdict.knee !== null && most !== undefined && most > 0 && verdict.knee !== verdict.fastest) {
    const knee = rows[verdict.knee]!
    const share = percent(knee.metrics[costId]! / most, 0)
    return [
      {
        value: percent(rateOf(knee) / rateOf(fastest), 0),
        label: `of that throughput at ${share} of its ${cost}`,
        detail: `the knee of the front: ${rowLabel(of, knee)}`
      }
    ]
  }
  const own = sensitivities.filter(({ strategies }) => strategies.includes(fastest.strategy))
  const moves = own.find(({ field }) => field.startsWith("machine.")) ?? own[0]
  if (moves === undefined) return []
  const [low, high] = [moves.from, moves.to].map((value) => parameterValueText(moves.field, value))
  return [
    {
      value: times(moves.factor.factor),
      label: `throughput from ${parameterName(moves.field)} ${low} to ${high}, which moves it most`,
      detail: `${moves.of}, all else equal`
    }
  ]
}

export const answer = (evidence: Evidence): ReadonlyArray<Headline> => {
  const of = comparisonOf(evidence)
  if (of === undefined) return []
  const row = fastestOf(of)
  const [first] = row.binds
  // Where the baseline itself is the fastest, the strategy that comes next is over it.
  const over = row.overBaseline === null ? of.rows[of.verdict.next ?? -1] : row
  const [strategy, machine, setting] = [strategyLabel(of, row), machineLabel(of, row), settingLabel(of, row)]
  return [
    {
      value: compact(rateOf(row)),
      label: `${metricOf(rateId).unit} through the MoE layers on the fastest machine`,
      detail: rowLabel(of, row)
    },
    ...(first === undefined
      ? []
      : [
          {
            value: percent(first.share, 0),
            label: `of its time: ${partTitle(first.name).toLowerCase()}`,
            detail: rowLabel(of, row)
          }
        ]),
    ...(row.overReference === null
      ? []
      : [
          {
            value: times(row.overReference.factor),
            label: "a machine over a machine",
            detail: `${machine} over ${of.machines[of.reference]!.label}, both with ${strategy}, ${setting}`
          }
        ]),
    ...(over === undefined || over.overBaseline === null
      ? []
      : [
          {
            value: times(over.overBaseline.factor),
            label: "a strategy over a strategy",
            detail: `${strategyLabel(of, over)}${over === row ? "" : ", the next,"} over ${of.baseline}, both on ${machine}, ${setting}`
          }
        ]),
    ...last(of)
  ]
}

export const answerMessage = (evidence: Evidence, model: string): string | undefined => {
  const of = comparisonOf(evidence)
  if (of === undefined) return undefined
  const row = fastestOf(of)
  const [first] = row.binds
  const binds = first === undefined ? "" : `, ${partTitle(first.name).toLowerCase()}`
  return of.machines.length === 1
    ? `${model}: ${strategyLabel(of, row)} is the fastest on ${machineLabel(of, row)}${binds}`
    : `${model}: ${machineLabel(of, row)} is the fastest of ${of.machines.length} machines${binds}`
}

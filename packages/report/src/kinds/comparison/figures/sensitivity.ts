import { parameterName, parameterValueText, type Sensitivity } from "@moira/results"
import { tornado } from "../../../drawing/tornado.ts"
import { figure } from "../../../figure.ts"
import { tick, times } from "../../../format.ts"
import { figureWidth, hue } from "../../../theme.ts"
import { comparisonOf, fastestOf, strategyLabel } from "../found.ts"

/** Two decimals, with a minus that is one. */
const elasticityText = (value: number): string =>
  (Math.abs(value) < 0.005 ? "0.00" : value.toFixed(2)).replace("-", "−")

const rangeText = ({ field, from, to }: Sensitivity): string =>
  `${parameterValueText(field, from)} to ${parameterValueText(field, to)}`

/** What each parameter multiplies throughput by over its range, the greatest first. */
export const sensitivity = figure("sensitivity", "buys", (evidence) => {
  const of = comparisonOf(evidence)
  if (of === undefined) return undefined
  const lead = fastestOf(of)
  const own = of.sensitivities.filter(({ strategies }) => strategies.includes(lead.strategy))
  if (own.length === 0) return undefined
  const several = own.some(({ lines }) => lines > 1)
  return {
    title: "What moves throughput",
    caption:
      `Throughput of ${strategyLabel(of, lead)} at the greatest value of a parameter over that at the least, all others equal` +
      `${several ? "; geometric means over the values of the others, with their range as a thin line" : ""}. Bold is the elasticity, ` +
      "d ln(throughput) / d ln(parameter): 1 follows in full, 0 does not move. Bars to the right: more of the parameter is faster; to the " +
      "left, in orange: slower.",
    picture: tornado(
      own.map((one) => ({
        label: parameterName(one.field),
        factor: one.factor.factor,
        range: [one.factor.least, one.factor.greatest] as const,
        colour: one.factor.factor >= 1 ? hue.blue : hue.orange,
        text: one.elasticity === null ? "–" : elasticityText(one.elasticity),
        note: rangeText(one)
      })),
      { label: "Throughput at the greatest value over that at the least, log scale", format: tick(times) },
      figureWidth.full
    )
  }
})

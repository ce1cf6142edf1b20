import { lineChart } from "../../../drawing/lines.ts"
import { figure } from "../../../figure.ts"
import { percent, tick } from "../../../format.ts"
import { placeOf, layoutColours } from "../placements.ts"
import { figureWidth } from "../../../theme.ts"

/** How even the units are at each layer under each layout. */
export const placementBalance = figure("placement-balance", "placement", (evidence) => {
  const result = placeOf(evidence)
  if (result === undefined) return undefined
  const colours = layoutColours(result)
  return {
    title: "Balance of each layer",
    caption:
      "Mean load of the units over that of the most loaded one (SGLang's balancedness): the share of a perfectly even layer's speed " +
      `that is left where load alone counts. ${result.judgedOn === null ? "In sample." : `Judged on ${result.judgedOn}.`}`,
    picture: lineChart({
      lines: result.layouts.map(({ optimizer, layerBalance }) => ({
        label: optimizer,
        colour: colours.get(optimizer)!,
        points: layerBalance.map((y, l) => ({ x: result.layers[l]!, y }))
      })),
      x: "MoE layer",
      y: { label: "Mean over max load", domain: [0, 1], format: tick((v) => percent(v, 0)) },
      width: figureWidth.full,
      height: 360
    })
  }
})

import { greatestOf } from "@moira/core/statistics"
import { lineChart } from "../../../drawing/lines.ts"
import { niceCeil } from "../../../drawing/ticks.ts"
import { figure } from "../../../figure.ts"
import { tick, times } from "../../../format.ts"
import { placeOf, layoutColours } from "../placements.ts"
import { figureWidth } from "../../../theme.ts"

/** How much each unit has to do under each layout. */
export const placementLoad = figure("placement-load", "placement", (evidence) => {
  const result = placeOf(evidence)
  if (result === undefined) return undefined
  const colours = layoutColours(result)
  const greatest = greatestOf(result.layouts.flatMap(({ unitLoad }) => unitLoad))
  return {
    title: "Load of each unit before and after",
    caption:
      "Tokens that a unit computes over the mean of its layer, averaged over layers. A flat line at one is even in the mean; a " +
      "layer can still be uneven, which the balance by layer shows.",
    picture: lineChart({
      lines: result.layouts.map(({ optimizer, unitLoad }) => ({
        label: optimizer,
        colour: colours.get(optimizer)!,
        points: unitLoad.map((y, x) => ({ x, y }))
      })),
      x: "Unit",
      y: { label: "Load over the mean", domain: [0, niceCeil(greatest)], format: tick(times) },
      levels: [{ y: 1, label: "even" }],
      shaded: result.deadUnits,
      width: figureWidth.full,
      height: 340
    })
  }
})

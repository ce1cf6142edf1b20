import { greatestOf } from "@moira/core/statistics"
import { heatmap } from "../../../drawing/heatmap.ts"
import { rampKey } from "../../../drawing/legend.ts"
import { column, row } from "../../../drawing/picture.ts"
import { ember } from "../../../drawing/ramp.ts"
import { figure } from "../../../figure.ts"
import { bytes } from "../../../format.ts"
import { placeOf, beforeAndAfter } from "../placements.ts"
import { figureWidth } from "../../../theme.ts"

/** Who sends how much to whom, before and after. */
export const placementTraffic = figure("placement-traffic", "placement", (evidence) => {
  const result = placeOf(evidence)
  if (result === undefined || result.units < 2) return undefined
  const shown = beforeAndAfter(result)
  const greatest = Math.max(1, greatestOf(shown.flatMap(({ traffic }) => traffic.flat())))
  const side = (figureWidth.full - 140) / 2
  const panels = shown.map(({ optimizer, traffic }) =>
    heatmap({
      title: optimizer,
      raster: {
        columns: result.units,
        rows: result.units,
        values: traffic.flat().map((sent) => sent / greatest),
        ramp: ember
      },
      x: { label: "to unit" },
      y: { label: "from unit" },
      width: side,
      height: side
    })
  )
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((t) => ({ t, label: bytes(Math.round(t * greatest)) }))
  return {
    title: "Traffic between units before and after",
    caption:
      `Bytes from unit to unit in one layer step of ${result.batchTokens.toLocaleString("en-US")} tokens, averaged over layers: tokens on their way ` +
      `out and results on their way back, ${result.trafficFrom === "tokens" ? "counted token by token" : "expected under independence"}. ` +
      "A dark row or column is a unit that all others wait for.",
    picture: column(
      [row(panels, 16), rampKey({ ramp: ember, title: "Bytes a layer step", ticks }, figureWidth.full - 40)],
      8
    )
  }
})

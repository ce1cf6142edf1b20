import { greatestOf } from "@moira/core/statistics"
import { lineChart } from "../../../drawing/lines.ts"
import { grid } from "../../../drawing/picture.ts"
import { niceCeil } from "../../../drawing/ticks.ts"
import { figure } from "../../../figure.ts"
import { tick, times } from "../../../format.ts"
import { figureWidth, hue } from "../../../theme.ts"
import { adviceOf, settingOf } from "../options.ts"

/** How uneven each layer is before and after. */
export const balanceLayers = figure("balance-layers", "balancing", (evidence) => {
  const documents = adviceOf(evidence).flatMap((document) => {
    const layers = document.advice.balance?.layers ?? []
    return layers.some(({ degenerate }) => !degenerate) ? [{ document, layers }] : []
  })
  if (documents.length === 0) return undefined
  const single = documents.length === 1
  return {
    title: "How uneven each layer is, before and after",
    caption:
      "Load of the most loaded unit over the mean, held out: 1 is perfectly even. What that is worth in time is above. Layers in which one expert takes nearly everything " +
      "are shaded and left out.",
    picture: grid(
      documents.map(({ document, layers }) => {
        const usual = layers.filter(({ degenerate }) => !degenerate)
        const line = (label: string, colour: string, pick: (layer: (typeof layers)[number]) => number) => ({
          label,
          colour,
          points: layers.map((layer) => ({ x: layer.layer, y: layer.degenerate ? null : pick(layer) }))
        })
        const greatest = greatestOf(usual.flatMap(({ contiguous, balanced }) => [contiguous, balanced]))
        return lineChart({
          title: settingOf(document),
          lines: [
            line("contiguous", hue.grey, ({ contiguous }) => contiguous),
            line("balanced", hue.green, ({ balanced }) => balanced)
          ],
          x: "MoE layer",
          y: {
            label: "Most loaded unit over the mean",
            domain: [1, Math.max(1.1, niceCeil(1.02 * greatest))],
            format: tick(times)
          },
          shaded: layers.filter(({ degenerate }) => degenerate).map(({ layer }) => layer),
          width: single ? figureWidth.full : figureWidth.half,
          height: single ? 360 : 330
        })
      }),
      single ? 1 : 2
    )
  }
})

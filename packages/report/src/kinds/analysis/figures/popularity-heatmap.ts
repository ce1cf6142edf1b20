import { heatmap } from "../../../drawing/heatmap.ts"
import { rampKey } from "../../../drawing/legend.ts"
import { column } from "../../../drawing/picture.ts"
import { sea } from "../../../drawing/ramp.ts"
import { spatialOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { times } from "../../../format.ts"
import { figureWidth } from "../../../theme.ts"
import { overMean } from "./popularity.ts"
import { quantile } from "./relation-heatmaps.ts"

/** Ob4: the popularity of every expert of every layer. */
export const popularityHeatmap = figure("popularity-heatmap", "spatial", (evidence) => {
  const layers = spatialOf(evidence)?.popularity.layers.filter((l) => l.counts.length > 0) ?? []
  const columns = layers[0]?.counts.length ?? 0
  if (layers.length === 0 || columns === 0) return undefined
  const cells = Float64Array.from(layers.flatMap((l) => overMean(l.counts)))
  const sound = Float64Array.from(layers.filter((l) => !l.degenerate).flatMap((l) => overMean(l.counts)))
  const end = Math.max(2, quantile(sound.length > 0 ? sound : cells, 0.999))
  const picture = heatmap({
    raster: { columns, rows: layers.length, values: cells.map((v) => Math.sqrt(v / end)), ramp: sea },
    x: { label: "expert" },
    y: { label: "MoE layer", numbers: layers.map((l) => l.layer) },
    width: figureWidth.full - 70,
    height: Math.max(60, Math.min(440, layers.length * 7))
  })
  const ticks = [0, 1, 4, 9, 16, 25, 36, 64, 100].filter((v) => v <= end * 0.86)
  const legend = rampKey(
    {
      ramp: sea,
      title: "Selections over the layer's mean",
      ticks: [
        ...ticks.map((v) => ({ t: Math.sqrt(v / end), label: v === 1 ? "1× even" : `${v}×` })),
        { t: 1, label: times(end) }
      ]
    },
    figureWidth.full - 40
  )
  return {
    title: "Which experts are popular where (Ob4)",
    caption:
      "One row a layer, one column an expert. The strongest spots are hot experts: candidates for copies, and for being kept apart.",
    picture: column([picture, legend], 6)
  }
})

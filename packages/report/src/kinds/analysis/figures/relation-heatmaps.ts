/** Joint counts of a relation as conditional probabilities: row i holds P(next expert j, given expert i). */
import { greatestOf } from "@moira/core/statistics"
import type { CountMatrix } from "@moira/results"
import { heatmap } from "../../../drawing/heatmap.ts"
import { rampKey } from "../../../drawing/legend.ts"
import { column, grid, type Picture } from "../../../drawing/picture.ts"
import { sea } from "../../../drawing/ramp.ts"
import { percent } from "../../../format.ts"
import { figureWidth } from "../../../theme.ts"
import type { NamedRelation } from "../relations.ts"

/** Rows divided by their sums; a row that was never seen stays 0. */
export const conditional = ({ size, counts }: CountMatrix): Float64Array => {
  const shares = new Float64Array(size * size)
  // Hot loop over cells: no allocation.
  for (let i = 0; i < size; i++) {
    let sum = 0
    for (let j = 0; j < size; j++) sum += counts[i * size + j] ?? 0
    if (sum > 0) for (let j = 0; j < size; j++) shares[i * size + j] = (counts[i * size + j] ?? 0) / sum
  }
  return shares
}

/** Value below which `share` of the positive cells lie; 0 without any. */
export const quantile = (values: Float64Array, share: number): number => {
  const positive = values.filter((v) => v > 0).toSorted()
  return positive[Math.min(positive.length - 1, Math.floor(share * positive.length))] ?? 0
}

/** Size of a panel's raster when `count` of them share the width of the page. */
export const panelSize = (count: number): number => (count === 1 ? 460 : count === 2 ? 400 : 256)

/** Colour is the square root of the probability, so that weak structure shows beside strong. */
export const relationHeatmaps = (named: NamedRelation): Picture | undefined => {
  const maps = named.relation.heatmaps.map((map) => ({ ...map, shares: conditional(map.matrix) }))
  const end = Math.max(0, greatestOf(maps.map(({ shares }) => quantile(shares, 0.998))))
  if (end === 0) return undefined
  const size = panelSize(maps.length)
  const panels = maps.map(({ layer, nextLayer, matrix, shares }) =>
    heatmap({
      title: named.id === "cross-layer" ? `Layer ${layer} to ${nextLayer}` : `Layer ${layer}`,
      raster: { columns: matrix.size, rows: matrix.size, values: shares.map((p) => Math.sqrt(p / end)), ramp: sea },
      x: { label: named.id === "cross-layer" ? `expert j at layer ${nextLayer}` : "expert j at the next token" },
      y: { label: named.id === "cross-layer" ? `expert i at layer ${layer}` : "expert i at this token" },
      width: size,
      height: size
    })
  )
  const experts = maps[0]!.matrix.size
  const legend = rampKey(
    {
      ramp: sea,
      title: `Probability of j given i (uniform: ${percent(1 / experts, 2)})`,
      ticks: [0, 0.0625, 0.25, 0.5625, 1].map((t) => ({ t: Math.sqrt(t), label: percent(t * end) }))
    },
    figureWidth.full - 80
  )
  return column([grid(panels, Math.min(3, panels.length), 9), legend], 10)
}

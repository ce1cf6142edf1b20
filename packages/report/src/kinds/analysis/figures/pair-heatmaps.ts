import type { CountMatrix } from "@moira/results"
import { heatmap } from "../../../drawing/heatmap.ts"
import { rampKey } from "../../../drawing/legend.ts"
import { column, grid, type Picture } from "../../../drawing/picture.ts"
import { around } from "../../../drawing/ramp.ts"
import { spatialOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { figureWidth } from "../../../theme.ts"
import { panelSize } from "./relation-heatmaps.ts"

/** Pairs this many times above or below expectation have the end colours. */
const end = 16

/** How often each expert is in a pair. */
const margins = ({ size, counts }: CountMatrix): ReadonlyArray<number> =>
  Array.from({ length: size }, (_, i) => {
    let sum = 0
    for (let j = 0; j < size; j++) if (i !== j) sum += (counts[i * size + j] ?? 0) + (counts[j * size + i] ?? 0)
    return sum
  })

/**
 * Count of each pair over its expectation: as many pairs in all, each of two different experts drawn independently by
 * popularity p, which gives N x 2 p(i) p(j) / (1 - sum of p squared) sightings of {i, j} among N pairs. The greatest
 * value is the `maxOverRandom` of the layer. Pairs that cannot be expected, and the diagonal, are -1.
 */
export const overRandom = (matrix: CountMatrix, popularity: ReadonlyArray<number> = margins(matrix)): Float64Array => {
  const { size, counts } = matrix
  const all = popularity.reduce((a, b) => a + b, 0)
  const p = Float64Array.from(popularity, (count) => (all > 0 ? count / all : 0))
  const different = 1 - p.reduce((sum, share) => sum + share * share, 0)
  let pairs = 0
  const count = (i: number, j: number) => (counts[i * size + j] ?? 0) + (counts[j * size + i] ?? 0)
  // Hot loops over cells: no allocation.
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) pairs += count(i, j)
  const ratios = new Float64Array(size * size).fill(-1)
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const expected = 2 * pairs * p[i]! * p[j]!
      if (i !== j && expected > 0) ratios[i * size + j] = (count(i, j) * different) / expected
    }
  }
  return ratios
}

/** Place on the diverging ramp: 0.5 is as expected, one end is a factor `end`. */
export const place = (ratio: number): number =>
  ratio < 0 ? 0.5 : ratio === 0 ? 0 : 0.5 + Math.log2(ratio) / (2 * Math.log2(end))

/** The key of the ramp. */
export const overRandomKey = (width: number): Picture => {
  const ticks = [1 / end, 1 / 4, 1, 4, end].map((v) => ({
    t: place(v),
    label:
      v === 1 ? "as expected" : v === end ? "16× and more" : v > 1 ? `${v}×` : v === 1 / end ? "1/16 and less" : "1/4"
  }))
  return rampKey({ ramp: around, title: "Co-activations over expectation", ticks }, width)
}

/** Ob5: which experts are selected together more often than by chance (Figure 9 of the study). */
export const pairHeatmaps = figure("pair-heatmaps", "spatial", (evidence) => {
  const spatial = spatialOf(evidence)
  const maps = spatial?.pairs?.heatmaps.filter(({ matrix }) => matrix.counts.some((c) => c > 0)) ?? []
  const popularity = (layer: number) => spatial?.popularity.layers.find((l) => l.layer === layer)?.counts
  if (maps.length === 0) return undefined
  const size = panelSize(maps.length)
  const panels = maps.map(({ layer, matrix }) =>
    heatmap({
      title: `Layer ${layer}`,
      raster: {
        columns: matrix.size,
        rows: matrix.size,
        values: overRandom(matrix, popularity(layer)).map(place),
        ramp: around
      },
      x: { label: "expert j" },
      y: { label: "expert i" },
      width: size,
      height: size
    })
  )
  return {
    title: "Experts that are selected together (Ob5)",
    caption:
      "Co-activations of experts i and j in one token over the number expected of their popularity alone. " +
      "Squares along the diagonal are groups of experts that routing keeps together.",
    picture: column([grid(panels, Math.min(3, panels.length), 9), overRandomKey(figureWidth.full - 60)], 10)
  }
})

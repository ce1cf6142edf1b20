import type { BlockPartition, CountMatrix } from "@moira/results"
import { heatmap } from "../../../drawing/heatmap.ts"
import { column, grid, type Picture } from "../../../drawing/picture.ts"
import { around } from "../../../drawing/ramp.ts"
import { element } from "../../../drawing/svg.ts"
import { spatialOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { real, times } from "../../../format.ts"
import { colour, figureWidth } from "../../../theme.ts"
import { overRandom, overRandomKey, place } from "./pair-heatmaps.ts"
import { panelSize } from "./relation-heatmaps.ts"

/** Experts block by block, those alone last. */
const blockOrder = (of: ReadonlyArray<number>): ReadonlyArray<number> =>
  of
    .map((block, expert) => ({ block: block < 0 ? Infinity : block, expert }))
    .toSorted((a, b) => (a.block === b.block ? a.expert - b.expert : a.block - b.block))
    .map(({ expert }) => expert)

/** Both axes in the given order. */
const reordered = (cells: Float64Array, order: ReadonlyArray<number>): Float64Array => {
  const size = order.length
  const out = new Float64Array(size * size)
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) out[i * size + j] = cells[order[i]! * size + order[j]!]!
  return out
}

/** Outlines of the blocks on a panel whose raster starts at `left`, `top`. */
const outlines = (sizes: ReadonlyArray<number>, cell: number, left: number, top: number): string => {
  let at = 0
  return sizes
    .map((size) => {
      const from = at * cell
      at += size
      return element("rect", {
        x: left + from,
        y: top + from,
        width: size * cell,
        height: size * cell,
        fill: "none",
        stroke: colour.ink,
        "stroke-width": 1.4
      })
    })
    .join("")
}

/** Where `heatmap` puts its raster when it has a title. */
const corner = { left: 50, top: 30 }

const panel = (
  title: string,
  matrix: CountMatrix,
  popularity: ReadonlyArray<number> | undefined,
  blocks: BlockPartition,
  side: number
): Picture => {
  const order = blockOrder(blocks.of)
  const drawn = heatmap({
    title,
    raster: {
      columns: matrix.size,
      rows: matrix.size,
      values: reordered(overRandom(matrix, popularity).map(place), order),
      ramp: around
    },
    x: { label: "experts, block by block" },
    y: { label: "experts, block by block" },
    width: side,
    height: side
  })
  return {
    ...drawn,
    body: drawn.body + outlines(blocks.sizes, side / matrix.size, corner.left, corner.top)
  }
}

/** Ob5: the blocks of experts that were found, as squares on the diagonal (Figure 9 of the study). */
export const pairBlocks = figure("pair-blocks", "spatial", (evidence) => {
  const spatial = spatialOf(evidence)
  const pairs = spatial?.pairs
  if (pairs === null || pairs === undefined) return undefined
  const { common, layers, catalogueGroups } = pairs.blocks
  const shared = common?.found === true ? common : undefined
  const maps = pairs.heatmaps.flatMap(({ layer, matrix }) => {
    if (!matrix.counts.some((count) => count > 0)) return []
    const blocks = shared ?? layers.find((of) => of.layer === layer && of.found)
    return blocks !== undefined && blocks.of.length === matrix.size ? [{ layer, matrix, blocks }] : []
  })
  if (maps.length === 0) return undefined
  const side = panelSize(maps.length)
  const popularity = (layer: number) => spatial?.popularity.layers.find((of) => of.layer === layer)?.counts
  const panels = maps.map(({ layer, matrix, blocks }) =>
    panel(
      shared === undefined ? `Layer ${layer}: ${blocks.blocks} blocks` : `Layer ${layer}`,
      matrix,
      popularity(layer),
      blocks,
      side
    )
  )
  const found = layers.filter((of) => !of.degenerate && of.found).length
  const sound = layers.filter((of) => !of.degenerate).length
  const agreement =
    shared?.adjustedRand === null || shared?.adjustedRand === undefined
      ? ""
      : ` The model catalogue knows ${catalogueGroups} groups; the adjusted Rand index of both is ${real(shared.adjustedRand)}.`
  return {
    title:
      shared === undefined
        ? "Blocks of experts that each layer selects together (Ob5)"
        : `${shared.blocks} blocks of experts at all layers (Ob5)`,
    caption:
      shared === undefined
        ? `The same counts with experts sorted into the blocks of their own layer, outlined; ${found} of ${sound} layers have ` +
          "blocks that hold up on held-out requests. No blocks of the same expert numbers are common to all layers."
        : `The same counts with experts sorted into blocks that were found without the model's groups, on some layers, and hold on ` +
          `held-out requests of the others: pairs of one block are ${times(shared.contrast.heldOut ?? 0)} those between blocks.${agreement}`,
    picture: column([grid(panels, Math.min(3, panels.length), 9), overRandomKey(figureWidth.full - 60)], 10)
  }
})

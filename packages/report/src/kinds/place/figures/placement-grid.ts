import { heatmap } from "../../../drawing/heatmap.ts"
import { rampKey } from "../../../drawing/legend.ts"
import { column } from "../../../drawing/picture.ts"
import { sea } from "../../../drawing/ramp.ts"
import { figure } from "../../../figure.ts"
import { placeOf, beforeAndAfter } from "../placements.ts"
import { figureWidth } from "../../../theme.ts"

/** Colours stop telling more copies apart here. */
const maxCopies = 8

/** Share of the ramp for the number of copies of the expert in a slot; 0 for an empty one. */
const cellsOf = (slots: ReadonlyArray<number>): ReadonlyArray<number> => {
  const copies = new Map<number, number>()
  for (const expert of slots) copies.set(expert, (copies.get(expert) ?? 0) + 1)
  return slots.map((expert) => (expert < 0 ? 0 : Math.min(maxCopies, copies.get(expert)!) / maxCopies))
}

/** Where experts with copies lie: one row a layer, one column a slot, units side by side. */
export const placementGrid = figure("placement-grid", "placement", (evidence) => {
  const result = placeOf(evidence)
  if (result === undefined) return undefined
  const panels = beforeAndAfter(result).map(({ optimizer, slotsPerUnit, physicalToLogical }) =>
    heatmap({
      title: `${optimizer}: ${slotsPerUnit} slots a unit`,
      raster: {
        columns: physicalToLogical[0]!.length,
        rows: physicalToLogical.length,
        values: physicalToLogical.flatMap(cellsOf),
        ramp: sea
      },
      x: { label: "unit", numbers: physicalToLogical[0]!.map((_, slot) => Math.floor(slot / slotsPerUnit)) },
      y: { label: "MoE layer", numbers: result.layers },
      width: figureWidth.full - 70,
      height: Math.max(60, Math.min(300, physicalToLogical.length * 5))
    })
  )
  const ticks = [1, 2, 4, maxCopies].map((n) => ({
    t: n / maxCopies,
    label: n === maxCopies ? `${n} or more` : String(n)
  }))
  return {
    title: "What lies in each slot",
    caption:
      "Each cell is a slot of a unit, darker the more copies its expert has in that layer; the palest are empty.",
    picture: column(
      [...panels, rampKey({ ramp: sea, title: "Copies of the slot's expert", ticks }, figureWidth.full - 40)],
      8
    )
  }
})

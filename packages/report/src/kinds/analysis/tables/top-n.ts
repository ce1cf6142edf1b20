import { spatialOf } from "../found.ts"
import { column, table } from "../../../table.ts"

const columns = [
  column("experts", "Hottest experts", "text"),
  column("in_sample", "In sample", "share"),
  column("held_out", "Held out", "share"),
  column("even", "If even", "share")
]

/** What the hottest experts of a layer take, means over layers. */
export const topNMeans = table({ id: "top_n_means", section: "spatial", place: "closed" }, (evidence) => {
  const popularity = spatialOf(evidence)?.popularity
  const experts = popularity?.layers[0]?.counts.length ?? 1
  return {
    title: "Share of selections that the hottest experts of a layer take, means over layers",
    columns,
    rows: (popularity?.mean?.topN ?? []).map((of) => [of.experts, of.inSample, of.heldOut, of.experts / experts])
  }
})

/** The same by layer. */
export const topNLayers = table({ id: "top_n_layers", section: "spatial", place: "csv" }, (evidence) => ({
  title: "Share of selections that the hottest experts take, by layer",
  columns: [column("layer", "Layer", "whole"), ...columns],
  rows: (spatialOf(evidence)?.popularity.layers ?? []).flatMap((layer) =>
    layer.topN.map((of) => [layer.layer, of.experts, of.inSample, of.heldOut, of.experts / layer.counts.length])
  )
}))

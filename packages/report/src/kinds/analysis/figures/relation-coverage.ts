/** Top-20 % coverage over depth, three ways. */
import { greatestOf, leastOf } from "@moira/core/statistics"
import { type Line, lineChart } from "../../../drawing/lines.ts"
import type { Picture } from "../../../drawing/picture.ts"
import { percentTick } from "../../../format.ts"
import type { NamedRelation } from "../relations.ts"
import { coverageColour, figureWidth } from "../../../theme.ts"

export const relationCoverage = ({ relation }: NamedRelation): Picture => {
  const { layers } = relation
  // A degenerate layer covers nearly everything whatever is known: a gap, as it is left out of means.
  const points = (value: (layer: (typeof layers)[number]) => number | null) =>
    layers.map((l) => ({ x: l.layer, y: l.degenerate ? null : value(l) }))
  const band = layers.map((l) => ({ x: l.layer, interval: l.degenerate ? null : l.coverage.interval }))
  const lines: ReadonlyArray<Line> = [
    {
      label: "in sample",
      colour: coverageColour.inSample,
      dash: "5 4",
      width: 1.8,
      points: points((l) => l.coverage.inSample)
    },
    { label: "popularity", colour: coverageColour.popularity, points: points((l) => l.coverage.popularity) },
    {
      label: "across tasks",
      colour: coverageColour.acrossTasks,
      points: points((l) => l.coverage.acrossTasks?.heldOut ?? null)
    },
    { label: "held out", colour: coverageColour.heldOut, width: 2.8, band, points: points((l) => l.coverage.heldOut) }
  ]
  const drawn = lines.filter((line) => line.points.some((p) => p.y !== null))
  const values = drawn.flatMap((line) => line.points.flatMap((p) => p.y ?? []))
  const low = Math.max(0, Math.floor(Math.min(0.9, leastOf(values)) * 10 - 0.3) / 10)
  const high = Math.min(1, Math.ceil(Math.max(low + 0.1, greatestOf(values)) * 10 + 0.1) / 10)
  return lineChart({
    lines: drawn.length > 0 ? drawn : lines.slice(0, 1),
    x: "MoE layer of the expert that is known",
    y: { label: "Selections covered by the top 20 %", domain: [low, high], format: percentTick },
    shaded: relation.degenerateLayers,
    width: figureWidth.full,
    height: 330
  })
}

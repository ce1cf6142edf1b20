import { greatestOf } from "@moira/core/statistics"
import { lineChart } from "../../../drawing/lines.ts"
import { niceCeil } from "../../../drawing/ticks.ts"
import { figure } from "../../../figure.ts"
import { tick, times } from "../../../format.ts"
import { relationsOf } from "../relations.ts"
import { figureWidth, hue } from "../../../theme.ts"
import { degenerateNote } from "./degenerate.ts"

/** How much more often than by chance the same expert number comes again, over depth. */
export const diagonalLift = figure("diagonal-lift", "temporal", (evidence) => {
  const relations = relationsOf(evidence)
  const lines = relations.map(({ id, relation }) => ({
    label: id === "cross-token" ? "next token" : "next layer",
    colour: id === "cross-token" ? hue.blue : hue.grey,
    points: relation.layers.map((l) => ({ x: l.layer, y: l.degenerate ? null : l.diagonalLift }))
  }))
  const values = lines.flatMap((line) => line.points.flatMap((p) => p.y ?? []))
  if (values.length === 0) return undefined
  const shaded = [...new Set(relations.flatMap(({ relation }) => relation.degenerateLayers))]
  return {
    title: "The same expert again",
    caption:
      "Share of joint counts on the diagonal over the share expected without a relation: above 1, the next token selects the same " +
      "expert again more often than by chance. From layer to layer expert numbers mean nothing, so that line should stay near 1." +
      degenerateNote(shaded),
    picture: lineChart({
      lines,
      x: "MoE layer",
      y: { label: "Diagonal lift", domain: [0, niceCeil(Math.max(1.2, greatestOf(values)))], format: tick(times) },
      levels: [{ y: 1, label: "no relation" }],
      shaded,
      width: figureWidth.full,
      height: 300
    })
  }
})

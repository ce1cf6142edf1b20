import { leastOf } from "@moira/core/statistics"
import { lineChart } from "../../../drawing/lines.ts"
import { temporalOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { metricOf } from "../../../metric.ts"
import { figureWidth, hue } from "../../../theme.ts"
import { degenerateNote } from "./degenerate.ts"

/** From here on the study calls a rank correlation moderate, and strong. */
export const rhoBands = { moderate: 0.4, strong: 0.7 } as const

/** Ob3: how well prefill ranks what decode will select (Figure 6 of the study). */
export const prefillRho = figure("prefill-rho", "phases", (evidence) => {
  const result = temporalOf(evidence)?.prefillDecode
  if (result === null || result === undefined) return undefined
  const lines = [
    { label: "cross-token", colour: hue.purple, value: "rhoCrossToken" },
    { label: "cross-layer", colour: hue.green, value: "rhoCrossLayer" },
    { label: "frequency", colour: hue.blue, value: "rhoFrequency" }
  ] as const
  const allowed = lines.map(({ label, colour, value }) => ({
    label: `${label}, tokens allow`,
    colour,
    dash: "5 4",
    width: 1.4,
    points: result.layers.map((l) => ({ x: l.layer, y: l.degenerate ? null : (l.ceiling?.[value] ?? null) }))
  }))
  const measured = lines.map(({ label, colour, value }) => ({
    label,
    colour,
    points: result.layers.map((l) => ({ x: l.layer, y: l.degenerate ? null : l[value] }))
  }))
  const drawn = [...allowed, ...measured].filter((line) => line.points.some((p) => p.y !== null))
  if (drawn.length === 0) return undefined
  const shaded = result.layers.flatMap((l) => (l.degenerate ? [l.layer] : []))
  const low = Math.min(0, leastOf(drawn.flatMap((line) => line.points.flatMap((p) => p.y ?? []))))
  return {
    title: "Does prefill foretell decode? Rank correlation by layer (Ob3)",
    caption:
      `${metricOf("spearman_rho").title} between prefill and decode: of how often each expert is selected, and of the joint counts ` +
      `from layer to layer and from token to token. The study calls ${rhoBands.strong} and more strong, ${rhoBands.moderate} and less weak. ` +
      `Dashed is what the number of tokens allows: the larger phase against itself, thinned to the size of the smaller.${degenerateNote(shaded)}`,
    picture: lineChart({
      lines: drawn,
      x: "MoE layer",
      y: { label: "Spearman rho", domain: [Math.floor(low * 5) / 5, 1], format: (v) => v.toFixed(1) },
      levels: [
        { y: rhoBands.strong, label: `strong from ${rhoBands.strong}` },
        { y: rhoBands.moderate, label: `weak to ${rhoBands.moderate}` }
      ],
      shaded,
      width: figureWidth.full,
      height: 360
    })
  }
})

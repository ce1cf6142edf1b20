import { greatestOf } from "@moira/core/statistics"
import type { SharingLayer } from "@moira/results"
import { lineChart } from "../../../drawing/lines.ts"
import { column } from "../../../drawing/picture.ts"
import { niceCeil } from "../../../drawing/ticks.ts"
import { spatialOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { tick, real } from "../../../format.ts"
import { figureWidth, hue } from "../../../theme.ts"
import { degenerateNote } from "./degenerate.ts"

const titles: Readonly<Record<SharingLayer["kind"], string>> = {
  language: "By language",
  benchmark: "By benchmark",
  subject: "By subject"
}

/** Ob4: how many experts every task finds hot, and how many only some do, against what chance makes. */
export const sharedExperts = figure("shared-experts", "spatial", (evidence) => {
  const layers = spatialOf(evidence)?.sharing.layers ?? []
  const kinds = (["language", "benchmark", "subject"] as const).filter((kind) =>
    layers.some((of) => of.kind === kind && !of.degenerate)
  )
  if (kinds.length === 0) return undefined
  const shaded = [...new Set(layers.flatMap((of) => (of.degenerate ? [of.layer] : [])))]
  const panels = kinds.map((kind) => {
    const rows = layers.filter((of) => of.kind === kind)
    const line = (name: string, colour: string, value: (of: SharingLayer) => number, dash?: string) => ({
      label: name,
      colour,
      points: rows.map((of) => ({ x: of.layer, y: of.degenerate ? null : value(of) })),
      ...(dash === undefined ? {} : { dash, width: 1.6 })
    })
    const lines = [
      line("hot in all", hue.blue, (of) => of.shared),
      line("hot in some", hue.orange, (of) => of.specific),
      line("in some, by chance", hue.grey, (of) => of.byChance.someOnly, "5 4")
    ]
    const most = Math.max(1, greatestOf(lines.flatMap(({ points }) => points.map(({ y }) => y ?? 0))))
    return lineChart({
      title: titles[kind],
      lines,
      x: "MoE layer",
      y: { label: "Experts", domain: [0, niceCeil(most)], format: tick(real) },
      shaded,
      width: figureWidth.full,
      height: 270
    })
  })
  return {
    title: "Experts that all tasks share, and those of some (Ob4)",
    caption:
      "An expert is hot where it takes at least twice the mean share. Blue: hot in every task. Orange: hot in some, in one of them by more than " +
      "requests dealt to the tasks at random ever show but for 5 % of the draws. Grey: how many are hot in some tasks only when requests " +
      `are dealt at random; small samples alone make those.${degenerateNote(shaded)}`,
    picture: column(panels, 8)
  }
})

import { greatestOf } from "@moira/core/statistics"
import type { RunResult } from "@moira/results"
import { rampKey } from "../../../drawing/legend.ts"
import { column, padded, type Picture, row } from "../../../drawing/picture.ts"
import { ember, sea } from "../../../drawing/ramp.ts"
import { label } from "../../../drawing/svg.ts"
import { niceCeil } from "../../../drawing/ticks.ts"
import { figure } from "../../../figure.ts"
import { integer, percent, percentTick, times } from "../../../format.ts"
import { type Shown, shownOf } from "../lead.ts"
import { runsOf, settingsOf } from "../runs.ts"
import { colour, figureWidth, fontSize } from "../../../theme.ts"
import { extentOf, layoutOf, meshPanel, type Scales } from "./mesh-panel.ts"

/** Above this many pixels between units nothing is gained. */
const widestPitch = 92

/** What the leading run is over, and the run itself. */
const panelRuns = ({ run, compared }: Shown): ReadonlyArray<RunResult> =>
  compared?.run === undefined ? [run] : [compared.run, run]

const panelsOf = (best: Shown, scales: Scales, named: boolean): Picture | undefined => {
  const layout = layoutOf(best.setting.machine)
  if (layout === undefined) return undefined
  const runs: ReadonlyArray<RunResult> = panelRuns(best)
  const [columns] = extentOf(layout)
  const beside = Math.min(widestPitch, (figureWidth.full / 2 - 16) / columns)
  // Side by side while units stay large enough for their number; else one under the other.
  const side = beside >= 64 || runs.length === 1
  const pitch = side ? beside : Math.min(widestPitch, figureWidth.full / columns)
  const panels = runs.map((run) => {
    const busiest = Math.max(0, greatestOf(run.linkUtilisation))
    const { compared } = best
    const gain = run === best.run && compared !== undefined ? `, ${times(compared.speedup)} ${compared.name}` : ""
    const title = `${run.strategy.name}${gain}`
    const note = `busiest link ${percent(busiest)}`
    return column(
      [
        {
          width: columns * pitch,
          height: 42,
          body:
            label(pitch * 0.2, 10, title, { "font-weight": 700, "font-size": fontSize.strong }) +
            label(pitch * 0.2, 30, note, { "font-size": fontSize.small + 1, fill: colour.muted })
        },
        meshPanel(run, layout, pitch, scales)
      ],
      2
    )
  })
  const both = side ? row(panels, figureWidth.full - 2 * columns * pitch > 60 ? 40 : 16) : column(panels, 18)
  const heading = label(0, 10, `${best.setting.title}, batch ${integer(best.run.batch)}`, {
    "font-weight": 700,
    "font-size": fontSize.strong + 1
  })
  return named ? column([{ width: figureWidth.full, height: 22, body: heading }, both], 8) : both
}

/** Units and links of each machine with known positions, under the baseline and under the best strategy. */
export const mesh = figure("mesh", "load", (evidence) => {
  const shown = settingsOf(runsOf(evidence))
    .flatMap((setting) => shownOf(setting) ?? [])
    .filter(({ setting }) => layoutOf(setting.machine) !== undefined)
  if (shown.length === 0) return undefined
  const runs = shown.flatMap(panelRuns)
  const scales: Scales = {
    busy: niceCeil(greatestOf(runs.flatMap((run) => run.unitBusy))),
    link: niceCeil(greatestOf(runs.flatMap((run) => run.linkUtilisation)))
  }
  const panels = shown.flatMap((best) => panelsOf(best, scales, shown.length > 1) ?? [])
  const ticks = (end: number) => [0, 0.5, 1].map((t) => ({ t, label: percentTick(t * end) }))
  const keys = row(
    [
      rampKey({ ramp: sea, title: "Unit busy", ticks: ticks(scales.busy) }, figureWidth.half),
      rampKey({ ramp: ember, title: "Link utilisation", ticks: ticks(scales.link) }, figureWidth.half)
    ],
    figureWidth.full - 2 * figureWidth.half
  )
  const first = shown[0]!
  const others = [...new Set(shown.flatMap(({ compared }) => compared?.name ?? []))]
  const where = shown.length > 1 ? "each machine" : `${first.setting.title} at batch ${integer(first.run.batch)}`
  return {
    title: `Load on the mesh under ${others.length === 1 ? others[0] : "the baseline"} and under the best strategy`,
    caption:
      `Squares are units of ${where}, with the share of time they compute; arrows are directed links, with the share ` +
      "of time they carry bytes at full rate. All pictures share both scales.",
    picture: padded(column([...panels, keys], 22), { top: 4, bottom: 4 })
  }
})

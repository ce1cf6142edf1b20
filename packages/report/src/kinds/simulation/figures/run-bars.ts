/** Bars of runs: one chart for each setting, one group for each batch, one bar for each strategy. */
import { type BarAxis, barDomain, type BarGroup, type BarRow, bars } from "../../../drawing/bars.ts"
import { column, grid, padded, type Picture } from "../../../drawing/picture.ts"
import { label } from "../../../drawing/svg.ts"
import { integer } from "../../../format.ts"
import { atBatch, batchesOf, type ComparedRun, type Setting } from "../runs.ts"
import { figureWidth, fontSize } from "../../../theme.ts"

/** Batch titles are left out where they would say the same in every figure of the report. */
export const batchTitle = (batch: number): string => `Batch ${integer(batch)}`

/** `bar` gives the row of one run, or `undefined` to leave it out. Settings without any row are left out. */
export const runBars = (
  settings: ReadonlyArray<Setting>,
  axis: BarAxis,
  bar: (run: ComparedRun, setting: Setting) => BarRow | undefined
): Picture | undefined => {
  const charts = settings
    .map((setting) => ({
      title: setting.title,
      groups: batchesOf(setting.runs)
        .map((batch): BarGroup => ({
          title: batchTitle(batch),
          rows: atBatch(setting, batch).flatMap((run) => bar(run, setting) ?? [])
        }))
        .filter((group) => group.rows.length > 0)
    }))
    .filter((chart) => chart.groups.length > 0)
  if (charts.length === 0) return undefined
  const columns = charts.length === 1 ? 1 : 2
  const width = columns === 1 ? figureWidth.full : figureWidth.half
  const domain = barDomain(
    charts.flatMap((chart) => chart.groups),
    axis.log === true
  )
  const pictures = charts.map(({ title, groups }) => {
    const chart = bars(groups, axis, width, domain)
    if (charts.length === 1) return chart
    const heading = label(0, 12, title, { "font-weight": 700, "font-size": fontSize.strong })
    return column([{ width, height: 24, body: heading }, chart], 4)
  })
  return padded(grid(pictures, columns), { top: 4, bottom: 2 })
}

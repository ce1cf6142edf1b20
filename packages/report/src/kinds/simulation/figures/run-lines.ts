/** Times over layers or steps: one panel for each setting and batch, one line for each strategy. */
import { greatestOf, leastOf } from "@moira/core/statistics"
import type { RunResult } from "@moira/results"
import { lineChart } from "../../../drawing/lines.ts"
import { grid, type Picture } from "../../../drawing/picture.ts"
import { niceCeil } from "../../../drawing/ticks.ts"
import { duration, integer, tick } from "../../../format.ts"
import { atBatch, batchesOf, type Setting, strategiesOf } from "../runs.ts"
import { figureWidth, strategyColours } from "../../../theme.ts"

type Points = ReadonlyArray<{ readonly x: number; readonly y: number }>

/** Lines more than this factor apart are easier to compare on a log scale. */
const logFrom = 6

export interface RunLines {
  readonly x: string
  readonly y: string
  readonly points: (run: RunResult) => Points
}

/** `undefined` without a run that has points. Times are in picoseconds. */
export const runLines = (settings: ReadonlyArray<Setting>, { x, y, points }: RunLines): Picture | undefined => {
  const colours = strategyColours(settings.flatMap((setting) => strategiesOf(setting.runs)))
  const panels = settings.flatMap((setting) =>
    batchesOf(setting.runs).flatMap((batch) => {
      const runs = atBatch(setting, batch).filter((run) => points(run).length > 0)
      return runs.length === 0 ? [] : [{ title: `${setting.title}, batch ${integer(batch)}`, runs }]
    })
  )
  const values = panels.flatMap(({ runs }) => runs.flatMap((run) => points(run).map((p) => p.y)))
  if (values.length === 0) return undefined
  const greatest = greatestOf(values)
  const least = leastOf(values)
  const log = least > 0 && greatest / least > logFrom
  const domain = log ? ([least / 1.25, greatest * 1.25] as const) : ([0, niceCeil(greatest)] as const)
  const columns = panels.length === 1 ? 1 : 2
  return grid(
    panels.map(({ title, runs }) =>
      lineChart({
        title,
        x,
        y: { label: log ? `${y}, log scale` : y, domain, log, format: tick(duration) },
        width: columns === 1 ? figureWidth.full : figureWidth.half,
        height: columns === 1 ? 360 : 320,
        lines: runs.map((run) => ({
          label: run.strategy.name,
          colour: colours.get(run.strategy.name)!,
          points: points(run)
        }))
      })
    ),
    columns
  )
}

import { integer } from "../../../format.ts"
import { runsOf, atBatch, batchesOf, settingsOf } from "../runs.ts"
import { column, table } from "../../../table.ts"
import { runCells, runColumns } from "./runs.ts"

/** Mean time of each layer in each run, one row each. */
export const layerTimeRows = table({ id: "layer_times", section: "layers", place: "csv" }, (evidence) => ({
  title: "Layer times",
  columns: [...runColumns, column("layer", "Layer", "whole"), column("time_ps", "Time", "ps")],
  rows: settingsOf(runsOf(evidence)).flatMap((setting) =>
    setting.runs.flatMap((run) => run.layers.map((l) => [...runCells(setting, run), l.layer, l.timePs]))
  )
}))

/** The same for people: a row a layer, a column a run. */
export const layerTimesWide = table(
  { id: "layer_times_by_run", section: "layers", place: "closed", csv: false },
  (evidence) => {
    const settings = settingsOf(runsOf(evidence))
    const runs = settings.flatMap((setting) =>
      batchesOf(setting.runs).flatMap((batch) => atBatch(setting, batch).map((run) => ({ setting, run })))
    )
    const layers = [...new Set(runs.flatMap(({ run }) => run.layers.map((l) => l.layer)))].toSorted((a, b) => a - b)
    const times = runs.map(({ run }) => new Map(run.layers.map((l) => [l.layer, l.timePs])))
    return {
      title: "Time of each layer in each run",
      columns: [
        column("layer", "Layer", "text"),
        ...runs.map(({ setting, run }, i) =>
          column(
            `run_${i + 1}`,
            `${settings.length > 1 ? `${setting.title}, ` : ""}${run.strategy.name}, ${integer(run.batch)}`,
            "ps"
          )
        )
      ],
      rows: layers.map((layer) => [layer, ...times.map((byLayer) => byLayer.get(layer) ?? null)])
    }
  }
)

/** Time of each decode step in each run, one row each. */
export const stepTimeRows = table({ id: "step_times", section: "layers", place: "csv" }, (evidence) => ({
  title: "Step times",
  columns: [
    ...runColumns,
    column("step", "Step", "whole"),
    column("tokens", "Tokens", "whole"),
    column("time_ps", "Time", "ps")
  ],
  rows: settingsOf(runsOf(evidence)).flatMap((setting) =>
    setting.runs.flatMap((run) => run.perStep.map((s) => [...runCells(setting, run), s.step, s.tokens, s.timePs]))
  )
}))

import { runsOf, settingsOf } from "../runs.ts"
import { column, table } from "../../../table.ts"
import { runCells, runColumns } from "./runs.ts"

/** How busy each unit is in each run. */
export const unitLoad = table({ id: "unit_load", section: "load", place: "csv" }, (evidence) => ({
  title: "Units and their load",
  columns: [
    ...runColumns,
    column("unit", "Unit", "text"),
    column("x", "x", "real"),
    column("y", "y", "real"),
    column("unit_busy", "Unit busy", "share")
  ],
  rows: settingsOf(runsOf(evidence)).flatMap((setting) =>
    setting.runs.flatMap((run) =>
      run.machine.units.map(({ name, at }, u) => [
        ...runCells(setting, run),
        name,
        at === null ? null : at[0],
        at === null ? null : at[1],
        run.unitBusy[u] ?? null
      ])
    )
  )
}))

/** How much each directed link carries in each run. */
export const linkLoad = table({ id: "link_load", section: "load", place: "csv" }, (evidence) => ({
  title: "Links and their load",
  columns: [
    ...runColumns,
    column("from_unit", "From unit", "text"),
    column("to_unit", "To unit", "text"),
    column("bytes_per_s", "Bandwidth", "bytes"),
    column("link_utilisation", "Link utilisation", "share")
  ],
  rows: settingsOf(runsOf(evidence)).flatMap((setting) =>
    setting.runs.flatMap((run) =>
      run.machine.links.map(({ fromUnit, toUnit, bytesPerSec }, i) => [
        ...runCells(setting, run),
        run.machine.units[fromUnit]?.name ?? null,
        run.machine.units[toUnit]?.name ?? null,
        bytesPerSec,
        run.linkUtilisation[i] ?? null
      ])
    )
  )
}))

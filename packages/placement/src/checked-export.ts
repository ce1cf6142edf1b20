/** What an exporter writes and reads, looked at once: text files with names, and a placement. */
import { asking, type Called, type Model, type PluginFault, pluginFault, shown } from "@moira/core"
import type { Placement } from "@moira/hardware"
import { Effect } from "effect"
import { isPlacement } from "./own-placement.ts"
import { ExportError, type ExportFile, type ExportPolicy, type ExportTarget } from "./exporter.ts"

const calledAs = (plugin: ExportPolicy): Called => ({
  kind: "exporter",
  plugin,
  kit: "exporterConformance of @moira/placement/testing"
})

const isRefusal = (error: unknown): boolean => error instanceof ExportError

/** Why a value is no list of files, or undefined. */
const filesFault = (files: unknown): string | undefined => {
  if (!Array.isArray(files) || files.length === 0) return `gives ${shown(files)}, not a list of files`
  for (const file of files as ReadonlyArray<Partial<ExportFile> | null>) {
    if (typeof file?.name !== "string" || !/^[^/\\\0]+$/.test(file.name) || /^\.+$/.test(file.name))
      return `names a file ${shown(file?.name)}, which is no name without a folder`
    if (typeof file.text !== "string") return `gives ${shown(file.text)} for the text of ${file.name}`
  }
  return undefined
}

/** All that a placement says, which an exporter may do with as it likes. */
const copied = (placement: Placement): Placement => ({
  ...placement,
  layers: [...placement.layers],
  physicalToLogical: placement.physicalToLogical.map((slots) => slots.slice())
})

/** The files of a placement. Fails as the exporter refuses, and with `PluginFault` for anything that is no list of files. */
export const writeChecked = (
  plugin: ExportPolicy,
  placement: Placement,
  model: Model
): Effect.Effect<ReadonlyArray<ExportFile>, ExportError | PluginFault> =>
  asking(calledAs(plugin), "", () => plugin.write(copied(placement), structuredClone(model)), isRefusal).pipe(
    Effect.flatMap((files) => {
      const what = filesFault(files)
      if (what === undefined) return Effect.succeed(files)
      return Effect.fail(pluginFault(calledAs(plugin), "", { reason: "WrongShape", what }))
    })
  )

/** The placement of files. Fails as the exporter refuses, and with `PluginFault` for anything that is no placement. */
export const readChecked = (
  plugin: ExportPolicy,
  files: ReadonlyArray<ExportFile>,
  target: ExportTarget
): Effect.Effect<Placement, ExportError | PluginFault> =>
  asking(calledAs(plugin), "", () => plugin.read(files, target), isRefusal).pipe(
    Effect.flatMap((placement) => {
      if (isPlacement(placement)) return Effect.succeed(placement)
      const what = `reads ${shown(placement)}, not a placement`
      return Effect.fail(pluginFault(calledAs(plugin), "", { reason: "WrongShape", what }))
    })
  )

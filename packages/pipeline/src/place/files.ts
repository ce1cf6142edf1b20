/** Placements as files: written in the forms asked for and read back; read from any form that is known. */
import {
  emptySlots,
  type ExportPolicy,
  exporterKind,
  fillSlots,
  readChecked,
  trafficForms,
  writeChecked
} from "@moira/placement"
import { type Placement, samePlacement } from "@moira/hardware"
import { type PlaceLayout } from "@moira/results"
import { allPlugins, type Loaded, loadPlugin, type Model, pluginNames } from "@moira/core"
import { Effect, Equal } from "effect"
import type { PlacementFile } from "./options.ts"
import { PlaceError } from "./traffic.ts"

/** A placement out of a file of any known form, recognised from content. */
export const readPlacement = Effect.fn("pipeline.readPlacement")(function* (
  { name: where, text }: PlacementFile,
  model: Model,
  units: number
) {
  const known = yield* allPlugins(exporterKind)
  const form = known.find(({ plugin }) => plugin.recognises(text))
  if (form === undefined)
    return yield* new PlaceError({
      reason: "BadOption",
      where,
      what: "no placement of a known form",
      hint: `known are ${(yield* pluginNames(exporterKind)).join(", ")}`
    })
  return yield* readChecked(form.plugin, [{ name: where, text }], { model, units })
})

/** What a form read back must be the same as it wrote. */
const differs = (where: string) =>
  new PlaceError({
    reason: "BadOption",
    where,
    what: "does not read back as the placement that was written",
    hint: "the exporter is wrong: run it through the conformance kit"
  })

/** A layout with what its files say. */
export interface Exported {
  readonly placement: Placement
  readonly counts: ReadonlyArray<ArrayLike<number>>
  readonly traffic: Float64Array
}

type Files = { readonly listed: PlaceLayout["files"]; readonly texts: ReadonlyArray<readonly [string, string]> }

/** The traffic of a layout in two forms of network simulators, each read back. */
const trafficFiles = Effect.fnUntraced(function* (folder: string, { placement, traffic }: Exported) {
  const matrix = { units: placement.units, bytes: traffic.map(Math.round) }
  const of = "expert-parallel traffic of one layer step, mean over layers; row sends, column receives"
  const texts: Array<readonly [string, string]> = []
  for (const form of trafficForms) {
    const file = `${folder}/${form.file}`
    const text = form.write(matrix, of)
    const back = form.read(file, text)
    if (back.units !== matrix.units || !Equal.equals(Array.from(back.bytes), Array.from(matrix.bytes)))
      return yield* differs(file)
    texts.push([file, text])
  }
  const listed = texts.map(([file]) => ({ exporter: "traffic", file, loads: "network simulators" }))
  return { listed, texts } satisfies Files
})

/**
 * The files of a layout below `folder`: its placement in every form, full slots where the form needs them, each read back: it must
 * hold the same experts in the same slots, which is all that a file says.
 * Moira's own form and the traffic matrix are always there.
 */
export const placementFiles = Effect.fn("pipeline.placementFiles")(function* (
  folder: string,
  exported: Exported,
  model: Model,
  exporters: ReadonlyArray<Loaded<ExportPolicy>>
) {
  const { placement, counts } = exported
  const full = fillSlots(placement, counts)
  const own = yield* loadPlugin(exporterKind, "moira")
  const listed: Array<Files["listed"][number]> = []
  const texts: Array<readonly [string, string]> = []
  for (const { plugin } of [own, ...exporters.filter((one) => one.module !== own.module)]) {
    const value = plugin.id === own.plugin.id ? placement : full
    const files = (yield* writeChecked(plugin, value, model)).map(({ name, text }) => ({
      name: `${folder}/${name}`,
      text
    }))
    for (const { name, text } of files) {
      listed.push({ exporter: plugin.id, file: name, loads: plugin.loads })
      texts.push([name, text])
    }
    const back = yield* readChecked(plugin, files, { model, units: placement.units })
    if (!samePlacement(back, value)) return yield* differs(files[0]!.name)
  }
  const traffic = yield* trafficFiles(folder, exported)
  return {
    listed: [...listed, ...traffic.listed],
    texts: [...texts, ...traffic.texts],
    /** Slots that are filled with copies where the form needs it. */
    filled: emptySlots(placement)
  }
})

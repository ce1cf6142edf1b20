/** Placements as files: written in the forms asked for and read back; read from any form that is known. */
import {
  emptySlots,
  type ExportPolicy,
  exporterKind,
  fillSlots,
  readTrafficJson,
  readTrafficText,
  trafficJson,
  trafficText
} from "@moira/placement"
import { type Placement } from "@moira/hardware"
import { builtinNames, loadPlugin, saveText } from "@moira/core/node"
import { type Loaded, type Model } from "@moira/core"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { isDeepStrictEqual } from "node:util"
import { PlaceError } from "./traffic.ts"

/** Greatest file that is read. */
const mostBytes = 2 ** 26

/** A placement out of a file of any built-in form, recognised from content. */
export const readPlacement = Effect.fn("cli.readPlacement")(function* (file: string, model: Model, units: number) {
  const text = yield* Effect.try({
    try: () => {
      if (fs.statSync(file).size > mostBytes) throw new Error(`larger than ${mostBytes} bytes`)
      return fs.readFileSync(file, "utf8")
    },
    catch: (cause) =>
      new PlaceError({
        reason: "NoFile",
        where: file,
        what: `cannot be read: ${cause instanceof Error ? cause.message.split(",")[0] : String(cause)}`,
        hint: "give a placement file, such as placement.json of an earlier `moira place`",
        cause
      })
  })
  const names = builtinNames(exporterKind)
  const known = yield* Effect.forEach(names, (name) => loadPlugin(exporterKind, name))
  const form = known.find(({ plugin }) => plugin.recognises(text))
  if (form === undefined)
    return yield* new PlaceError({
      reason: "BadOption",
      where: file,
      what: "no placement of a known form",
      hint: `known are ${names.join(", ")}`
    })
  return yield* form.plugin.read([{ name: file, text }], { model, units })
})

export interface Written {
  readonly exporter: string
  readonly file: string
  readonly loads: string
}

/** What a form read back must be the same as it wrote. */
const differs = (where: string) =>
  new PlaceError({
    reason: "BadOption",
    where,
    what: "does not read back as the placement that was written",
    hint: "the exporter is wrong: run it through the conformance kit"
  })

/**
 * Writes `placement` below `directory` in every form, full slots where the form needs them, and reads each file back from
 * the disk. Moira's own form and the traffic matrix are always written.
 */
export const writePlacement = Effect.fn("cli.writePlacement")(function* (
  directory: string,
  {
    placement,
    counts,
    traffic
  }: { placement: Placement; counts: ReadonlyArray<ArrayLike<number>>; traffic: Float64Array },
  model: Model,
  exporters: ReadonlyArray<Loaded<ExportPolicy>>
) {
  const full = fillSlots(placement, counts)
  const { units } = placement
  const own = yield* loadPlugin(exporterKind, "moira")
  const written: Array<Written> = []
  for (const { plugin } of [own, ...exporters.filter((one) => one.module !== own.module)]) {
    const value = plugin.id === own.plugin.id ? placement : full
    const files = yield* plugin.write(value, model)
    const back: Array<{ name: string; text: string }> = []
    for (const { name, text } of files) {
      const file = path.join(directory, name)
      yield* saveText(file, text)
      back.push({ name: file, text: fs.readFileSync(file, "utf8") })
      written.push({ exporter: plugin.id, file, loads: plugin.loads })
    }
    if (!isDeepStrictEqual(yield* plugin.read(back, { model, units }), value)) return yield* differs(back[0]!.name)
  }
  const matrix = { units, bytes: traffic.map(Math.round) }
  const of = "expert-parallel traffic of one layer step, mean over layers; row sends, column receives"
  for (const [name, text, read] of [
    ["traffic.txt", trafficText(matrix), readTrafficText],
    ["traffic.json", trafficJson(matrix, of), readTrafficJson]
  ] as const) {
    const file = path.join(directory, name)
    yield* saveText(file, text)
    if (!isDeepStrictEqual(read(file, fs.readFileSync(file, "utf8")), matrix)) return yield* differs(file)
    written.push({ exporter: "traffic", file, loads: "network simulators" })
  }
  return { written, filled: emptySlots(placement) }
})

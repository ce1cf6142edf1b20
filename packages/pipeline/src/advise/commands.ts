/** What to type next: the placement with its files, the simulation that finds the same, and how engines load it. */
import { allPlugins, type Model } from "@moira/core"
import type { Placement } from "@moira/hardware"
import { exporterKind, fillSlots } from "@moira/placement"
import type { Advice } from "@moira/results"
import { Effect, Result } from "effect"
import type { AdviseOptions } from "./options.ts"

/** Engines whose files are written. */
const engines: ReadonlyArray<string> = ["sglang", "vllm", "trtllm"]
const folder = "place"

const quoted = (word: string): string => (/^[\w./=,:+@%-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)
const line = (words: ReadonlyArray<string | number>): string => words.map((word) => quoted(String(word))).join(" ")

export interface Chosen {
  readonly batchTokens: number
  readonly slots: number
  /** Id of the optimizer, which names its folder. */
  readonly optimizer: string
}

/** `moira place` with the files of engines, and, of a trace, `moira simulate` of what it writes. */
export const commandsFor = (options: AdviseOptions, chosen: Chosen): ReadonlyArray<string> => {
  const { asked, optimizer, steps } = options
  const { batchTokens, slots } = chosen
  const sized = ["--batch", batchTokens, ...(steps === undefined ? [] : ["--steps", steps])]
  const placed = ["--slots", slots, "--optimizer", optimizer, ...sized, ...asked.traffic]
  const place = [
    "moira",
    "place",
    asked.input,
    ...asked.machine,
    ...placed,
    "--export",
    engines.join(","),
    "--out",
    folder
  ]
  const layouts = `contiguous,${folder}/${chosen.optimizer}/placement.json`
  const simulate = [
    "moira",
    "simulate",
    asked.input,
    ...asked.machine,
    "--strategy",
    "ep",
    "--placement",
    layouts,
    ...sized
  ]
  return [line(place), ...(asked.isTrace ? [line(simulate)] : [])]
}

/** How engines load the layout; an engine whose form cannot hold it is left out. */
export const enginesFor = Effect.fn("pipeline.enginesFor")(function* (
  placement: Placement,
  counts: ReadonlyArray<ArrayLike<number>>,
  model: Model,
  optimizer: string
) {
  const known = yield* allPlugins(exporterKind)
  const full = fillSlots(placement, counts)
  const redundant = full.units * full.slotsPerUnit - full.experts
  const found: Array<Advice["engines"][number]> = []
  for (const id of engines) {
    const exporter = known.find(({ plugin }) => plugin.id === id)?.plugin
    if (exporter === undefined) continue
    const written = yield* Effect.result(exporter.write(full, model))
    if (Result.isFailure(written)) continue
    const file = `${folder}/${optimizer}/${written.success[0]!.name}`
    const flags = exporter.loads.replaceAll("FILE", file).replaceAll("SLOTS-EXPERTS", String(redundant))
    found.push({ exporter: id, flags })
  }
  return found
})

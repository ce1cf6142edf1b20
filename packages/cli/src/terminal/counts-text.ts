/** What a counts store holds, for people. */
import { type CountsManifest } from "@moira/trace"
import { formatCount } from "@moira/core"
import { table } from "./table.ts"

/** Layers as runs: `0-2, 7`. */
const runs = (layers: ReadonlyArray<number>): string => {
  const out: Array<[number, number]> = []
  for (const layer of layers) {
    const last = out.at(-1)
    if (last !== undefined && last[1] === layer - 1) last[1] = layer
    else out.push([layer, layer])
  }
  return out.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(", ")
}

/** Layers that no workload has counts of. */
const emptyInAll = ({ layers, workloads }: CountsManifest): ReadonlyArray<number> =>
  layers.filter((layer) => workloads.every(({ emptyLayers }) => emptyLayers.includes(layer)))

/** Tokens of a workload: selections of its fullest layer over the top-k; undefined where the model is not known or loads are scaled. */
const tokensOf = ({ model }: CountsManifest, { layerSelections, scale }: CountsManifest["workloads"][number]) =>
  model === undefined || scale !== undefined ? undefined : Math.round(layerSelections.greatest / model.topK)

export const countsText = (manifest: CountsManifest): string => {
  const { model, layers, experts, workloads, origin, contentSha256 } = manifest
  const empty = emptyInAll(manifest)
  const facts: ReadonlyArray<readonly [string, string]> = [
    ["holds", "expert counts, no tokens"],
    ["model", model === undefined ? "not named" : `${model.title} (${model.id})`],
    ["layers", `${layers.length}: ${runs(layers)}${empty.length === 0 ? "" : `; empty: ${runs(empty)}`}`],
    ["experts", model === undefined ? `${experts}` : `${experts}, top-${model.topK}`],
    ["origin", origin.format],
    ["content", `sha256:${contentSha256}`]
  ]
  const rows = workloads.map((workload) => {
    const tokens = tokensOf(manifest, workload)
    const { least, mean, greatest } = workload.skew
    return [
      workload.workload,
      workload.phase,
      formatCount(workload.steps),
      formatCount(workload.selections),
      tokens === undefined ? "–" : formatCount(tokens),
      `${mean.toFixed(2)} x`,
      `${least.toFixed(2)} x`,
      `${greatest.toFixed(2)} x`
    ]
  })
  const header = ["workload", "phase", "steps", "selections", "tokens", "hottest / mean", "least layer", "most layer"]
  // A note that all workloads share is told once.
  const notes = new Map<string, Array<string>>()
  for (const { workload, notes: own } of workloads)
    for (const note of own) notes.set(note, [...(notes.get(note) ?? []), workload])
  const told = [...notes].map(([note, of]) => (of.length === workloads.length ? note : `${of.join(", ")}: ${note}`))
  return [
    ...facts.map(([name, value]) => `${name.padEnd(12)} ${value}`),
    "",
    table(header, rows),
    ...(told.length === 0 ? [] : ["", ...told.map((note) => `note: ${note}`)])
  ].join("\n")
}

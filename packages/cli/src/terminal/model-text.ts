/** What Moira knows of a model, and from where, for people. */
import {
  bytesPerWeight,
  catalogue,
  expertFlopPerToken,
  expertMatrices,
  expertParameters,
  expertWidth,
  formatBytes,
  formatCount,
  type Model,
  moeLayers,
  type TakenFact
} from "@moira/core"
import { table } from "./table.ts"

/** Layers with experts: a range with its step, or each where they lie unevenly. */
const layersText = (model: Model): string => {
  const layers = moeLayers(model)
  const { length } = layers
  const where =
    "layers" in model.moe
      ? layers.join(" ")
      : `${layers[0]} to ${layers[length - 1]}${model.moe.every > 1 && length > 1 ? `, every ${model.moe.every}` : ""}`
  return `${length} of ${model.layers}: ${where}`
}

const weightsText = ({ weightFormat, servingBytesPerWeight }: Model): string =>
  weightFormat !== undefined && bytesPerWeight(weightFormat) === servingBytesPerWeight
    ? `${weightFormat}, ${servingBytesPerWeight} bytes a weight`
    : `${servingBytesPerWeight} bytes a weight`

const bytesOf = (model: Model): number => expertParameters(model) * model.servingBytesPerWeight

const facts = (model: Model): ReadonlyArray<readonly [name: string, value: string]> => {
  const told = (name: string, value: string | undefined) => (value === undefined ? [] : [[name, value] as const])
  const { zeroExperts, routing, routedHidden, sharedFfn } = model
  return [
    told("model", `${model.title} (${model.id})`),
    told("aliases", model.aliases.length === 0 ? undefined : model.aliases.join(", ")),
    told("MoE layers", layersText(model)),
    told("experts", `${model.experts}, top-${model.topK}`),
    told("zero experts", zeroExperts === undefined ? undefined : `${zeroExperts}, which do no work`),
    told(
      "groups",
      routing === undefined ? undefined : `a token picks from ${routing.groupsPerToken} of ${routing.groups}`
    ),
    told("shared", `${model.sharedExperts}${sharedFfn === undefined ? "" : `, ${sharedFfn} wide`}`),
    told("hidden", `${model.hidden}${routedHidden === undefined ? "" : `, ${routedHidden} at routed experts`}`),
    told(
      "an expert",
      `${expertMatrices(model)} matrices of ${expertWidth(model)} x ${model.expertFfn}: ` +
        `${formatCount(expertParameters(model))} parameters, ${formatBytes(bytesOf(model))}, ${formatCount(expertFlopPerToken(model))} FLOP a token`
    ),
    told("all experts", formatBytes(bytesOf(model) * model.experts * moeLayers(model).length)),
    told("weights", weightsText(model)),
    told("source", model.source),
    told("confirmed", model.confirmed === false ? "no: not all of it was looked up at its source" : undefined)
  ].flat()
}

/** `taken` says which field of a configuration gave which fact. */
export const modelText = (model: Model, taken: ReadonlyArray<TakenFact> = []): string => {
  const lines = facts(model).map(([name, value]) => `${name.padEnd(12)} ${value}`)
  if (taken.length === 0) return lines.join("\n")
  const rows = taken.map(({ fact, value, from, assumed }) => [fact, value, assumed ? `assumed: ${from}` : from])
  return [...lines, "", table(["fact", "value", "taken from"], rows)].join("\n")
}

/** The catalogue, a line each. */
export const catalogueText = (): string =>
  table(
    ["model", "title", "MoE layers", "experts", "top-k", "width x ffn", "weights", ""],
    catalogue.map((model) => [
      model.id,
      model.title,
      `${moeLayers(model).length}`,
      `${model.experts}${model.zeroExperts === undefined ? "" : ` + ${model.zeroExperts} zero`}`,
      `${model.topK}`,
      `${expertWidth(model)} x ${model.expertFfn}`,
      model.weightFormat ?? `${model.servingBytesPerWeight} B`,
      model.confirmed === false ? "not confirmed" : ""
    ])
  )

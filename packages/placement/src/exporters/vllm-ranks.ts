/** vLLM's expert placement file: the rank of each expert, the same in all layers. */
import { moeLayers } from "@moira/core"
import { checkAllLayers, checkWhole, exportFault, onlyFile, wholePlacement } from "./parts/check.ts"
import { listOf, objectOf, parseJson, wholeOf } from "./parts/json.ts"
import { type ExportPolicy, refusing } from "../exporter.ts"

const key = "expert_to_ep_rank"

/** `{"expert_to_ep_rank": [E]}`: only for placements without copies that are alike in all layers, experts of a unit ascending. */
const vllmRanks: ExportPolicy = {
  contract: "export/v1",
  id: "vllm-ranks",
  title: "vLLM expert to rank",
  loads: "--expert-placement-file FILE, in an open pull request",
  recognises: (text) => /^\s*\{\s*"expert_to_ep_rank"/.test(text),
  write: (placement, model) =>
    refusing(() => {
      const { slotsPerUnit, experts, layers, physicalToLogical } = placement
      const unsuitable = (layer: number | undefined, what: string) =>
        exportFault(
          "Unsuitable",
          `vllm-ranks, layer ${layer}`,
          what,
          "the form `vllm` has a map for each layer, with copies"
        )
      checkWhole("vllm-ranks", placement, model)
      checkAllLayers("vllm-ranks", placement, model)
      const first = physicalToLogical[0]!
      if (first.length !== experts) throw unsuitable(layers[0], "copies of experts, where each has one rank")
      physicalToLogical.forEach((slots, l) => {
        if (slots.some((e, s) => e !== first[s]))
          throw unsuitable(layers[l], `placed otherwise than layer ${layers[0]}`)
      })
      if (first.some((e, s) => s % slotsPerUnit > 0 && e < first[s - 1]!))
        throw unsuitable(layers[0], "experts of a unit are not in ascending order, which ranks do not say")
      const ranks = new Int32Array(experts)
      first.forEach((e, s) => (ranks[e] = Math.floor(s / slotsPerUnit)))
      return [{ name: "vllm-ranks.json", text: `{"${key}": [${ranks.join(", ")}]}\n` }]
    }),
  read: (files, { model, units }) =>
    refusing(() => {
      const { name, text } = onlyFile("vllm-ranks", files)
      const list = listOf(`${name}, ${key}`, objectOf(name, parseJson(name, text), [key])[key], model.experts)
      const ranks = list.map((rank, e) => wholeOf(`${name}, expert ${e}`, rank, 0, units - 1))
      if (model.experts % units !== 0)
        throw exportFault("WrongShape", name, `${model.experts} experts do not divide by ${units} units`)
      const slotsPerUnit = model.experts / units
      const held = Array.from({ length: units }, (_, u) => ranks.flatMap((rank, e) => (rank === u ? [e] : [])))
      const uneven = held.findIndex((experts) => experts.length !== slotsPerUnit)
      if (uneven >= 0)
        throw exportFault("WrongShape", name, `rank ${uneven} has ${held[uneven]!.length} experts, not ${slotsPerUnit}`)
      const layers = moeLayers(model)
      const slots = Int32Array.from(held.flat())
      return wholePlacement(name, {
        units,
        slotsPerUnit,
        experts: model.experts,
        layers,
        physicalToLogical: layers.map(() => slots.slice())
      })
    })
}

export default vllmRanks

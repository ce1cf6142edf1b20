/** TensorRT-LLM: the load balancer's YAML with the initial assignment of each layer's slots. */
import { moeLayers } from "@moira/core"
import { parseDocument } from "yaml"
import { checkWhole, exportFault, onlyFile, slotsOfUnit, wholePlacement } from "./parts/check.ts"
import { idsOf, objectOf, wholeOf } from "./parts/json.ts"
import { type ExportPolicy, refusing } from "../exporter.ts"

const keys = ["num_slots", "initial_global_assignments", "layer_updates_per_iter"]

/** Plain data of a YAML text; anchors, tags and repeated keys are refused, so nothing can grow beyond the text. */
const parseYaml = (where: string, text: string): unknown => {
  const document = parseDocument(text, { schema: "core", strict: true, uniqueKeys: true, logLevel: "silent" })
  const problem = document.errors[0] ?? document.warnings[0]
  if (problem !== undefined)
    throw exportFault("Malformed", where, `not YAML: ${problem.message.split("\n")[0]!.slice(0, 120)}`)
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch (cause) {
    throw exportFault("Malformed", where, `not plain YAML: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

/**
 * `num_slots`, `initial_global_assignments: {layer: [num_slots ids]}` with real layer numbers, `layer_updates_per_iter: 0`:
 * the assignment stays as it is.
 */
const trtllm: ExportPolicy = {
  contract: "export/v1",
  id: "trtllm",
  title: "TensorRT-LLM",
  loads: "moe_config.load_balancer: FILE of the LLM API options",
  recognises: (text) => /^\s*(?:#[^\n]*\n\s*)*num_slots\s*:/.test(text),
  write: (placement, model) =>
    refusing(() => {
      checkWhole("trtllm", placement, model)
      const moe = moeLayers(model)
      const { layers, units, slotsPerUnit, physicalToLogical } = placement
      const other = layers.find((layer) => !moe.includes(layer))
      if (other !== undefined)
        throw exportFault("WrongShape", `trtllm, ${model.title}`, `layer ${other} has no experts`)
      const lines = layers.map((layer, l) => `  ${layer}: [${physicalToLogical[l]!.join(", ")}]`)
      const text =
        `num_slots: ${units * slotsPerUnit}\ninitial_global_assignments:\n${lines.join("\n")}\n` +
        "layer_updates_per_iter: 0\n"
      return [{ name: "trtllm.yaml", text }]
    }),
  read: (files, { model, units }) =>
    refusing(() => {
      const { name, text } = onlyFile("trtllm", files)
      const top = objectOf(name, parseYaml(name, text), keys)
      wholeOf(`${name}, layer_updates_per_iter`, top["layer_updates_per_iter"], 0, 0)
      const slots = wholeOf(`${name}, num_slots`, top["num_slots"], model.experts, 2 ** 20)
      const moe = moeLayers(model)
      const assigned = top["initial_global_assignments"]
      const names = typeof assigned === "object" && assigned !== null ? Object.keys(assigned) : []
      const table = objectOf(`${name}, initial_global_assignments`, assigned, names)
      const layers = names
        .map((layer) => {
          if (!/^\d{1,6}$/.test(layer) || !moe.includes(Number(layer)))
            throw exportFault("WrongShape", name, `${layer.slice(0, 40)} is no MoE layer of ${model.title}`)
          return Number(layer)
        })
        .toSorted((a, b) => a - b)
      if (layers.length === 0) throw exportFault("WrongShape", name, "no layer is assigned")
      return wholePlacement(name, {
        units,
        slotsPerUnit: slotsOfUnit(name, slots, units, model.experts),
        experts: model.experts,
        layers,
        physicalToLogical: layers.map((layer) =>
          idsOf(`${name}, layer ${layer}`, table[String(layer)], model.experts, slots)
        )
      })
    })
}

export default trtllm

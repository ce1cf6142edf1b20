/** vllm-ascend's expert map: the experts of each device of each MoE layer. */
import { moeLayers } from "@moira/core"
import { checkAllLayers, checkWhole, exportFault, onlyFile, slotsOfUnit, wholePlacement } from "./parts/check.ts"
import { idsOf, type Json, listOf, objectOf, parseJson, wholeOf } from "./parts/json.ts"
import { type ExportPolicy, refusing } from "../exporter.ts"
import { type Placement } from "@moira/hardware"

const form = "vllm-ascend"

/** The engine counts a device's experts by their ids, so two copies on one device would be one expert short. */
const checkDistinct = ({ units, slotsPerUnit, layers, physicalToLogical }: Placement): void => {
  physicalToLogical.forEach((slots, l) => {
    for (let u = 0; u < units; u++) {
      const held = slots.subarray(u * slotsPerUnit, (u + 1) * slotsPerUnit)
      const twice = held.find((e, i) => held.indexOf(e) < i)
      if (twice !== undefined)
        throw exportFault(
          "Unsuitable",
          `${form}, layer ${layers[l]}, unit ${u}`,
          `two copies of expert ${twice}, which the engine counts as one`,
          "place with an optimizer that keeps copies apart, such as moira"
        )
    }
  })
}

/**
 * `{moe_layer_count, layer_list: [{layer_id, device_count, device_list: [{device_id, device_expert: [ids]}]}]}`; layers are
 * numbered from 0 among the MoE layers, as the engine counts them.
 */
const vllmAscend: ExportPolicy = {
  contract: "export/v1",
  id: form,
  title: "vllm-ascend",
  loads: "additional_config expert_map_path (eplb_config in newer versions)",
  recognises: (text) => /^\s*\{\s*"moe_layer_count"/.test(text),
  write: (placement, model) =>
    refusing(() => {
      const { units, slotsPerUnit, physicalToLogical } = placement
      checkWhole(form, placement, model)
      checkAllLayers(form, placement, model)
      checkDistinct(placement)
      const layers = physicalToLogical.map((slots, l) => {
        const devices = Array.from({ length: units }, (_, u) => {
          const ids = slots.subarray(u * slotsPerUnit, (u + 1) * slotsPerUnit).join(", ")
          return `  {"device_id": ${u}, "device_expert": [${ids}]}`
        })
        return ` {"layer_id": ${l}, "device_count": ${units}, "device_list": [\n${devices.join(",\n")}\n ]}`
      })
      const text = `{"moe_layer_count": ${layers.length}, "layer_list": [\n${layers.join(",\n")}\n]}\n`
      return [{ name: "vllm-ascend.json", text }]
    }),
  read: (files, { model, units }) =>
    refusing(() => {
      const { name, text } = onlyFile(form, files)
      const layers = moeLayers(model)
      const top = objectOf(name, parseJson(name, text), ["moe_layer_count", "layer_list"])
      const list = listOf(`${name}, layer_list`, top["layer_list"], layers.length)
      wholeOf(`${name}, moe_layer_count`, top["moe_layer_count"], layers.length, layers.length)
      const parts = list.map((value, l) => devicesOf(`${name}, layer_list ${l}`, value, l, units))
      const slotsPerUnit = listOf(`${name}, device 0`, parts[0]![0]!["device_expert"]).length
      slotsOfUnit(name, slotsPerUnit * units, units, model.experts)
      const physicalToLogical = parts.map((devices, l) => {
        const slots = new Int32Array(units * slotsPerUnit)
        devices.forEach((device, u) => {
          const where = `${name}, layer_list ${l}, device ${u}`
          slots.set(idsOf(where, device["device_expert"], model.experts, slotsPerUnit), u * slotsPerUnit)
        })
        return slots
      })
      const placement = { units, slotsPerUnit, experts: model.experts, layers, physicalToLogical }
      checkDistinct(placement)
      return wholePlacement(name, placement)
    })
}

const devicesOf = (where: string, value: unknown, layer: number, units: number): ReadonlyArray<Json> => {
  const entry = objectOf(where, value, ["layer_id", "device_count", "device_list"])
  wholeOf(`${where}, layer_id`, entry["layer_id"], layer, layer)
  wholeOf(`${where}, device_count`, entry["device_count"], units, units)
  return listOf(`${where}, device_list`, entry["device_list"], units).map((device, u) => {
    const held = objectOf(`${where}, device ${u}`, device, ["device_id", "device_expert"])
    wholeOf(`${where}, device ${u}, device_id`, held["device_id"], u, u)
    return held
  })
}

export default vllmAscend

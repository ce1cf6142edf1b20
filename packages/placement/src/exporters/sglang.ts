/** SGLang: one row of physical slots for every hidden layer. */
import { type Model, moeLayers } from "@moira/trace"
import {
  checkAllLayers,
  checkWhole,
  exportFault,
  onlyFile,
  slotsOfUnit,
  wholePlacement
} from "../export-files/check.ts"
import { idsOf, listOf, objectOf, parseJson, rowsText } from "../export-files/json.ts"
import { type ExportPolicy, refusing } from "../exporter.ts"
import type { Placement } from "../placement.ts"

const key = "physical_to_logical_map"

/** What SGLang gives a layer without experts: slot p names expert p mod E. */
const trivialRow = (slots: number, experts: number): Int32Array =>
  Int32Array.from({ length: slots }, (_, p) => p % experts)

const rowsOf = (placement: Placement, model: Model): ReadonlyArray<Int32Array> => {
  const row = new Map(placement.layers.map((layer, l) => [layer, placement.physicalToLogical[l]!]))
  const dense = trivialRow(placement.units * placement.slotsPerUnit, model.experts)
  return Array.from({ length: model.layers }, (_, layer) => row.get(layer) ?? dense)
}

/** JSON with exactly one key, `physical_to_logical_map` [L][P]; L counts every hidden layer, dense ones get the trivial row. */
export const sglang: ExportPolicy = {
  contract: "export/v1",
  id: "sglang",
  title: "SGLang",
  loads: "--init-expert-location FILE --ep-num-redundant-experts SLOTS-EXPERTS",
  recognises: (text) => /^\s*\{\s*"physical_to_logical_map"/.test(text),
  write: (placement, model) =>
    refusing(() => {
      checkWhole("sglang", placement, model)
      checkAllLayers("sglang", placement, model)
      return [{ name: "sglang.json", text: `{"${key}": ${rowsText(rowsOf(placement, model))}}\n` }]
    }),
  read: (files, { model, units }) =>
    refusing(() => {
      const { name, text } = onlyFile("sglang", files)
      const rows = listOf(`${name}, ${key}`, objectOf(name, parseJson(name, text), [key])[key], model.layers)
      const slots = listOf(`${name}, layer 0`, rows[0]).length
      const layers = moeLayers(model)
      const all = rows.map((row, layer) => idsOf(`${name}, layer ${layer}`, row, model.experts, slots))
      const dense = trivialRow(slots, model.experts)
      all.forEach((row, layer) => {
        if (!layers.includes(layer) && row.some((id, p) => id !== dense[p]))
          throw exportFault(
            "WrongShape",
            `${name}, layer ${layer}`,
            `${model.title} has no experts to move in this layer`
          )
      })
      return wholePlacement(name, {
        units,
        slotsPerUnit: slotsOfUnit(name, slots, units, model.experts),
        experts: model.experts,
        layers,
        physicalToLogical: layers.map((layer) => all[layer]!)
      })
    })
}

export default sglang

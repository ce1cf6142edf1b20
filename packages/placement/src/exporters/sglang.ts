/** SGLang: one row of physical slots for every hidden layer. */
import { type Model, moeLayers } from "@moira/core"
import { checkAllLayers, checkWhole, onlyFile } from "./parts/check.ts"
import { listOf, objectOf, parseJson, placementOfRows, rowsText } from "./parts/json.ts"
import { type ExportPolicy, refusing } from "../exporter.ts"
import type { Placement } from "@moira/hardware"

const key = "physical_to_logical_map"

/** What SGLang gives a layer without experts: slot p names expert p mod E. */
const trivialRow = (slots: number, experts: number): Int32Array =>
  Int32Array.from({ length: slots }, (_, p) => p % experts)

const rowsOf = (placement: Placement, model: Model): ReadonlyArray<Int32Array> => {
  const row = new Map(placement.layers.map((layer, l) => [layer, placement.physicalToLogical[l]!]))
  const dense = trivialRow(placement.units * placement.slotsPerUnit, model.experts)
  return Array.from({ length: model.layers }, (_, layer) => row.get(layer) ?? dense)
}

/** JSON with exactly one key, `physical_to_logical_map` [L][P]; L counts every hidden layer; dense ones get the trivial row, and theirs are passed over when read. */
const sglang: ExportPolicy = {
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
      const layers = moeLayers(model)
      const whereOf = (layer: number) => `${name}, layer ${layer}`
      const moe = layers.map((layer) => rows[layer])
      // Rows of dense layers mean nothing: balancers leave in them whatever their counts of zero led to.
      return placementOfRows(name, { model, units }, moe, (l) => whereOf(layers[l]!))
    })
}

export default sglang

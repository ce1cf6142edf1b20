/** vLLM's initial expert map: one row of physical slots for every MoE layer. */
import { moeLayers } from "@moira/core"
import { checkAllLayers, checkWhole, exportFault, onlyFile } from "./parts/check.ts"
import { listOf, parseJson, placementOfRows, rowsText } from "./parts/json.ts"
import { type ExportPolicy, refusing } from "../exporter.ts"

/** JSON `[L][P]`, L counts MoE layers only; `[P]`, one map for all layers, is read too and written as rows. */
const vllm: ExportPolicy = {
  contract: "export/v1",
  id: "vllm",
  title: "vLLM expert map",
  loads: "EPLB with num_redundant_experts SLOTS-EXPERTS; initial expert maps are in open pull requests",
  recognises: (text) => /^\s*\[/.test(text),
  write: (placement, model) =>
    refusing(() => {
      checkWhole("vllm", placement, model)
      checkAllLayers("vllm", placement, model)
      return [{ name: "vllm.json", text: `${rowsText(placement.physicalToLogical)}\n` }]
    }),
  read: (files, { model, units }) =>
    refusing(() => {
      const { name, text } = onlyFile("vllm", files)
      const list = listOf(name, parseJson(name, text))
      const layers = moeLayers(model)
      if (list.length === 0) throw exportFault("WrongShape", name, "an empty list")
      const shared = typeof list[0] === "number"
      const rows = shared ? layers.map(() => list) : listOf(name, list, layers.length)
      return placementOfRows(name, { model, units }, rows, (l) => (shared ? name : `${name}, row ${l}`))
    })
}

export default vllm

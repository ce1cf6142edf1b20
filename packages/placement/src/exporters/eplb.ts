/** EPLB's own triples: what `rebalance_experts` returns. */
import { greatestOf } from "@moira/core/statistics"
import { moeLayers } from "@moira/core"
import { checkAllLayers, checkWhole, exportFault, onlyFile } from "./parts/check.ts"
import { listOf, objectOf, parseJson, placementOfRows, rowsText } from "./parts/json.ts"
import { type ExportPolicy, refusing } from "../exporter.ts"
import { copiesOf } from "../loads/unit-loads.ts"
import type { Placement } from "@moira/hardware"

/** Slots of each expert ascending, -1 after the last; X is the most copies of any expert of any layer. */
const logicalToPhysical = ({ experts, physicalToLogical }: Placement) => {
  const slotsOf = physicalToLogical.map((slots) => {
    const of = Array.from({ length: experts }, (): Array<number> => [])
    slots.forEach((e, s) => of[e]!.push(s))
    return of
  })
  const most = greatestOf(slotsOf.flatMap((of) => of.map((list) => list.length)))
  return slotsOf.map((of) => of.map((list) => [...list, ...Array.from({ length: most - list.length }, () => -1)]))
}

/**
 * JSON `{phy2log [L][R], log2phy [L][E][X], logcnt [L][E]}`, L counts MoE layers; `log2phy` lists slots in ascending order,
 * padded with -1. All three say the same, and a reader refuses a file in which they do not.
 */
const eplbTriples: ExportPolicy = {
  contract: "export/v1",
  id: "eplb",
  title: "EPLB triples",
  loads: "json.load; the tensors of EPLB's rebalance_experts",
  recognises: (text) => /^\s*\{\s*"phy2log"/.test(text),
  write: (placement, model) =>
    refusing(() => {
      checkWhole("eplb", placement, model)
      checkAllLayers("eplb", placement, model)
      const { physicalToLogical, experts } = placement
      const log2phy = logicalToPhysical(placement).map((rows) => rowsText(rows).replaceAll("\n", ""))
      const counts = physicalToLogical.map((slots) => copiesOf(slots, experts))
      const text =
        `{"phy2log": ${rowsText(physicalToLogical)},\n"log2phy": [\n${log2phy.join(",\n")}\n],\n` +
        `"logcnt": ${rowsText(counts)}}\n`
      return [{ name: "eplb.json", text }]
    }),
  read: (files, { model, units }) =>
    refusing(() => {
      const { name, text } = onlyFile("eplb", files)
      const layers = moeLayers(model)
      const { experts } = model
      const top = objectOf(name, parseJson(name, text), ["phy2log", "log2phy", "logcnt"])
      const rows = listOf(`${name}, phy2log`, top["phy2log"], layers.length)
      const placement = placementOfRows(name, { model, units }, rows, (l) => `${name}, phy2log ${l}`)
      const expected = logicalToPhysical(placement)
      const agrees = (where: string, value: unknown, list: ArrayLike<number>) => {
        const given = listOf(where, value, list.length)
        const wrong = given.findIndex((v, i) => v !== list[i])
        if (wrong >= 0) throw exportFault("Malformed", `${where}, entry ${wrong}`, "contradicts phy2log")
      }
      listOf(`${name}, log2phy`, top["log2phy"], layers.length).forEach((layer, l) =>
        listOf(`${name}, log2phy ${l}`, layer, experts).forEach((row, e) =>
          agrees(`${name}, log2phy ${l}, expert ${e}`, row, expected[l]![e]!)
        )
      )
      listOf(`${name}, logcnt`, top["logcnt"], layers.length).forEach((row, l) =>
        agrees(`${name}, logcnt ${l}`, row, copiesOf(placement.physicalToLogical[l]!, experts))
      )
      return placement
    })
}

export default eplbTriples

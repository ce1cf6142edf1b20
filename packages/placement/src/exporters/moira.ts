/** Moira's own form: says everything of itself, empty slots and missing layers too. */
import { given, type Model } from "@moira/core"
import { exportFault, onlyFile, wholePlacement } from "./parts/check.ts"
import { idsOf, listOf, objectOf, parseJson, rowsText, wholeOf } from "./parts/json.ts"
import { type ExportPolicy, refusing } from "../exporter.ts"
import type { PlacedBy, Placement } from "@moira/hardware"

const schema = "moira-placement/1"
const keys = ["schema", "model", "units", "slots_per_unit", "experts", "layers", "physical_to_logical"]

const placedByText = ({ placedBy }: Placement): string =>
  placedBy === undefined
    ? ""
    : `"placed_by": {"trace": ${JSON.stringify(placedBy.trace)}, "held_out_share": ${placedBy.heldOutShare}, "seed": ${placedBy.seed}},\n`

const placedByOf = (where: string, value: unknown): PlacedBy => {
  const of = objectOf(where, value, ["trace", "held_out_share", "seed"])
  const { trace, held_out_share: heldOutShare } = of
  if (typeof trace !== "string" || typeof heldOutShare !== "number" || !(heldOutShare > 0 && heldOutShare < 1))
    throw exportFault("Malformed", where, "no digest of a trace with a share between 0 and 1")
  return { trace, heldOutShare, seed: wholeOf(`${where}, seed`, of["seed"], 0, 0xffff_ffff) }
}

const text = (placement: Placement, model: Model): string => {
  const { units, slotsPerUnit, experts, layers, physicalToLogical } = placement
  return (
    `{"schema": "${schema}", "model": ${JSON.stringify(model.id)}, "units": ${units}, "slots_per_unit": ${slotsPerUnit}, ` +
    `"experts": ${experts},\n${placedByText(placement)}"layers": [${layers.join(", ")}],\n"physical_to_logical": ${rowsText(physicalToLogical)}}\n`
  )
}

/** JSON with real layer numbers; -1 is an empty slot. Read back by `--present` and `--placement`. */
const moira: ExportPolicy = {
  contract: "export/v1",
  id: "moira",
  title: "Moira",
  loads: "moira place --present FILE; moira simulate --placement FILE",
  recognises: (content) => /^\s*\{\s*"schema"\s*:\s*"moira-placement\//.test(content),
  write: (placement, model) =>
    refusing(() => {
      if (placement.experts !== model.experts)
        throw exportFault(
          "WrongShape",
          `moira, ${model.title}`,
          `a placement of ${placement.experts} experts, the model has ${model.experts}`
        )
      return [{ name: "placement.json", text: text(wholePlacement(`moira, ${model.title}`, placement), model) }]
    }),
  read: (files, { model, units }) =>
    refusing(() => {
      const { name, text: content } = onlyFile("moira", files)
      const top = objectOf(name, parseJson(name, content), keys, ["placed_by"])
      if (top["schema"] !== schema) throw exportFault("Malformed", name, `no ${schema}`)
      if (top["model"] !== model.id)
        throw exportFault("WrongShape", name, `a placement of ${JSON.stringify(top["model"])}, not of ${model.id}`)
      wholeOf(`${name}, experts`, top["experts"], model.experts, model.experts)
      wholeOf(`${name}, units`, top["units"], units, units)
      const slotsPerUnit = wholeOf(`${name}, slots_per_unit`, top["slots_per_unit"], 1, 0xffff)
      const layers = listOf(`${name}, layers`, top["layers"]).map((layer, i) =>
        wholeOf(`${name}, layers, entry ${i}`, layer, 0, model.layers - 1)
      )
      if (layers.some((layer, i) => i > 0 && layer <= layers[i - 1]!))
        throw exportFault("Malformed", `${name}, layers`, "layer numbers are not ascending")
      const rows = listOf(`${name}, physical_to_logical`, top["physical_to_logical"], layers.length)
      const placedBy = top["placed_by"] === undefined ? undefined : placedByOf(`${name}, placed_by`, top["placed_by"])
      return wholePlacement(name, {
        units,
        slotsPerUnit,
        experts: model.experts,
        layers,
        ...given({ placedBy }),
        physicalToLogical: rows.map((row, l) =>
          idsOf(`${name}, layer ${layers[l]}`, row, model.experts, units * slotsPerUnit, -1)
        )
      })
    })
}

export default moira

/**
 * Key concept: an exporter writes a placement as the files that an engine loads, and reads them back.
 *
 * [1] `recognises` looks at a file's text: no two forms may claim the same one.
 * [2] `read(write(placement))` is the placement again; what `write` would not have written is refused.
 */
import { moeLayers } from "@moira/core"
import { placementFault } from "@moira/hardware"
import { ExportError, type ExportPolicy } from "@moira/placement"
import { Effect } from "effect"

const header = "# own-exporter: one line a layer, one expert a slot"

const refuse = (reason: ExportError["reason"], where: string, what: string) =>
  Effect.fail(new ExportError({ reason, where, what, hint: "give a placement that this form can hold" }))

const exporter: ExportPolicy = {
  contract: "export/v1",
  id: "own-exporter",
  title: "Own exporter",
  loads: "an engine of one's own",
  recognises: (text) => text.startsWith(header), // [1]
  write: (placement, model) => {
    const rows = placement.physicalToLogical
    if (placement.experts !== model.experts || placement.layers.join() !== moeLayers(model).join())
      return refuse("WrongShape", model.title, "a placement of other experts or layers than the model has")
    const lost = placementFault(placement)
    if (lost !== undefined) return refuse("WrongShape", model.title, lost)
    if (rows.some((row) => row.includes(-1))) return refuse("EmptySlots", model.title, "a slot without an expert")
    const lines = rows.map((row) => `${row.join(" ")}\n`)
    return Effect.succeed([{ name: "own.txt", text: `${header}\n${lines.join("")}` }])
  },
  // [2]
  read: (files, { model, units }) => {
    const [first = "", ...lines] = (files.length === 1 ? files[0]!.text : "").split("\n")
    const layers = moeLayers(model)
    if (first !== header || lines.pop() !== "" || lines.length !== layers.length)
      return refuse("Malformed", "own.txt", `not ${layers.length} lines below the heading`)
    if (lines.some((line) => !/^(?:0|[1-9]\d*)(?: (?:0|[1-9]\d*))*$/.test(line)))
      return refuse("Malformed", "own.txt", "a line that is not whole numbers")
    const physicalToLogical = lines.map((line) => Int32Array.from(line.split(" "), Number))
    const slots = physicalToLogical[0]!.length
    if (slots % units !== 0 || physicalToLogical.some((row) => row.length !== slots))
      return refuse("WrongShape", "own.txt", `${slots} slots do not lie on ${units} units alike`)
    if (physicalToLogical.some((row) => row.some((expert) => expert >= model.experts)))
      return refuse("Malformed", "own.txt", `an expert that ${model.title} does not have`)
    const placement = { units, slotsPerUnit: slots / units, experts: model.experts, layers, physicalToLogical }
    const fault = placementFault(placement)
    return fault === undefined ? Effect.succeed(placement) : refuse("Malformed", "own.txt", fault)
  }
}

export default exporter

/** What exporters check before they write and after they read. Plain functions that throw `ExportError`. */
import { type Model, moeLayers } from "@moira/core"
import { ExportError, type ExportFile } from "../../exporter.ts"
import { type Placement, placementFault } from "@moira/hardware"

const hints: Record<ExportError["reason"], string> = {
  EmptySlots:
    "engines load an expert into every slot: fill them with copies first, as `fillSlots` and `moira place` do",
  Unsuitable: "choose another form with --export",
  Malformed: "the file is damaged or of another form",
  WrongShape: "the file is of another model or another number of units",
  TooLarge: "no placement is that large: the file is of another kind"
}

/** An error with the usual hint of its reason. */
export const exportFault = (reason: ExportError["reason"], where: string, what: string, hint = hints[reason]) =>
  new ExportError({ reason, where, what, hint })

/** Refuses a placement that no engine could load: of another model, an expert nowhere, a slot without expert. */
export const checkWhole = (form: string, placement: Placement, model: Model): void => {
  const { experts, layers, slotsPerUnit, physicalToLogical } = placement
  const where = `${form}, ${model.title}`
  if (experts !== model.experts)
    throw exportFault("WrongShape", where, `a placement of ${experts} experts, the model has ${model.experts}`)
  const fault = placementFault(placement)
  if (fault !== undefined) throw exportFault("WrongShape", where, fault)
  physicalToLogical.forEach((slots, l) => {
    const slot = slots.indexOf(-1)
    if (slot >= 0)
      throw exportFault(
        "EmptySlots",
        `${where}, layer ${layers[l]}`,
        `slot ${slot % slotsPerUnit} of unit ${Math.floor(slot / slotsPerUnit)} is empty`
      )
  })
}

/** Refuses a placement that leaves out an MoE layer or has another: forms that number layers by position need them all. */
export const checkAllLayers = (form: string, { layers }: Placement, model: Model): void => {
  const wanted = moeLayers(model)
  const where = `${form}, ${model.title}`
  const missing = wanted.find((layer) => !layers.includes(layer))
  if (missing !== undefined) throw exportFault("WrongShape", where, `layer ${missing} is not placed`)
  const other = layers.find((layer) => !wanted.includes(layer))
  if (other !== undefined) throw exportFault("WrongShape", where, `layer ${other} has no experts`)
  if (layers.some((layer, l) => layer !== wanted[l])) throw exportFault("WrongShape", where, "layers are out of order")
}

/** Slots a unit, where `slots` divide by the units and hold every expert. */
export const slotsOfUnit = (where: string, slots: number, units: number, experts: number): number => {
  if (slots % units !== 0) throw exportFault("WrongShape", where, `${slots} slots do not divide by ${units} units`)
  if (slots < experts) throw exportFault("WrongShape", where, `${experts} experts are more than the ${slots} slots`)
  return slots / units
}

/** Greatest text of a form: 1,024 layers of 4,096 slots take less. */
const maxText = 2 ** 26

/** The only file of a form that has one, not too large. */
export const onlyFile = (form: string, files: ReadonlyArray<ExportFile>): ExportFile => {
  const [file, more] = files
  if (file === undefined || more !== undefined)
    throw exportFault("Malformed", form, `${files.length} files, where one belongs`)
  if (file.text.length > maxText)
    throw exportFault("TooLarge", file.name, `${file.text.length} characters, at most ${maxText} are read`)
  return file
}

/** A placement from what was read, if every expert lies somewhere. */
export const wholePlacement = (where: string, placement: Placement): Placement => {
  const fault = placementFault(placement)
  if (fault !== undefined) throw exportFault("WrongShape", where, fault)
  return placement
}

/** Which layers the rows of a count table are, and of which model. */
import { catalogue, type Model, moeLayers } from "@moira/core"
import { ContentFault } from "../../fault/content-fault.ts"
import { placesByNumber } from "../../parts/layers.ts"
import { alike, sharedBy } from "../../parts/seen-shape.ts"

export interface LabelledRows {
  readonly layers: ReadonlyArray<number>
  readonly model?: Model
  readonly notes: ReadonlyArray<string>
}

/** Rows (over all steps) that hold a count. */
const heldRows = (rows: number, experts: number, counts: Float64Array): ReadonlyArray<boolean> => {
  const held = Array.from({ length: rows }, () => false)
  for (let at = 0, row = 0; at < counts.length; at += experts, row = (row + 1) % rows)
    held[row] ||= counts.subarray(at, at + experts).some((count) => count > 0)
  return held
}

const numbers = (length: number): ReadonlyArray<number> => Array.from({ length }, (_, i) => i)

const ofModel = (model: Model, rows: number, experts: number, held: ReadonlyArray<boolean>): LabelledRows => {
  const moe = moeLayers(model)
  const wrong = (place: string, what: string) => new ContentFault("WrongShape", place, what)
  if (experts !== model.experts) throw wrong("entry 0", `${experts} experts, where ${model.title} has ${model.experts}`)
  if (rows === moe.length) return { layers: moe, model, notes: [] }
  if (rows !== model.layers)
    throw wrong("entry 0", `${rows} layers, where ${model.title} has ${model.layers}, ${moe.length} of them MoE`)
  const dense = held.findIndex((has, layer) => has && !moe.includes(layer))
  if (dense >= 0) throw wrong(`row ${dense}`, `counts of layer ${dense}, which ${model.title} has no experts in`)
  return { layers: numbers(rows), model, notes: [] }
}

/**
 * Names the rows of `[step][row][expert]`. With a model they are its hidden layers or its MoE layers. Without one they
 * are numbered from 0, and the catalogue's model is taken that alone has as many layers and experts and counts in precisely
 * its MoE layers; the first of several that no trace tells apart.
 */
export const labelRows = (
  asked: Model | undefined,
  rows: number,
  experts: number,
  counts: Float64Array
): LabelledRows => {
  const held = heldRows(rows, experts, counts)
  if (asked !== undefined) return ofModel(asked, rows, experts, held)
  const fitting = catalogue.filter((model) => {
    const moe = new Set(moeLayers(model))
    return model.layers === rows && model.experts === experts && held.every((has, layer) => has === moe.has(layer))
  })
  const [model, ...others] = fitting
  if (model !== undefined && alike(fitting)) {
    const moe = moeLayers(model)
    const which = `${moe.length} of ${rows} layers with counts, ${moe[0]} to ${moe.at(-1)}, ${experts} experts`
    const note = `no model is named: taken for ${model.id} by its shape (${which})${sharedBy(others)}`
    return { layers: numbers(rows), model, notes: [note] }
  }
  return {
    layers: numbers(rows),
    notes: ["no model named: rows are numbered from 0, which real layer numbers may not be"]
  }
}

const wrongLayers = (what: string) => new ContentFault("WrongShape", "entry 0", what)

/** Layers that the file leaves out have no load to place experts by, which is not a load of zero. */
const absentNotes = (model: Model, layers: ReadonlyArray<number>): ReadonlyArray<string> => {
  const absent = moeLayers(model).filter((layer) => !layers.includes(layer))
  if (absent.length === 0) return []
  const more = absent.length > 8 ? ` and ${absent.length - 8} more` : ""
  const which = `${absent.length === 1 ? "layer" : "layers"} ${absent.slice(0, 8).join(", ")}${more}`
  return [`${model.id} has experts at ${which} as well, of which the file holds no counts: they are left out`]
}

/**
 * Names rows that the source itself numbers: by the model's own numbers, dense layers with counts of zero among them, or by
 * numbers that count its MoE layers from 0 or 1. Without a model they are taken as they are.
 */
export const numberedRows = (
  asked: Model | undefined,
  layers: ReadonlyArray<number>,
  experts: number,
  counts: Float64Array
): LabelledRows => {
  if (asked === undefined) return { layers, notes: [] }
  if (experts !== asked.experts) throw wrongLayers(`${experts} experts, where ${asked.title} has ${asked.experts}`)
  const moe = new Set(moeLayers(asked))
  const held = heldRows(layers.length, experts, counts)
  const other = layers.find((layer, row) => !moe.has(layer) && (held[row]! || layer >= asked.layers))
  if (other === undefined) return { layers, model: asked, notes: absentNotes(asked, layers) }
  const places = placesByNumber(asked, layers)
  if (places === undefined) throw wrongLayers(`counts of layer ${other}, which ${asked.title} has no experts in`)
  const own = moeLayers(asked)
  const told = (numbered: ReadonlyArray<number>) => `${numbered[0]} to ${numbered.at(-1)}`
  const note = `layers ${told(layers)} of the file were taken for the model's MoE layers ${told(own)}, in their order`
  return { layers: own, model: asked, notes: [note] }
}

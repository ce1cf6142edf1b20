/** Iterations of a rank's file: tensors `{iteration}_{layer}` of ids `[token, k]`. */
import type { Model } from "@moira/core"
import { ContentFault } from "../../fault/content-fault.ts"
import { maxHeldBytes, readPart } from "../../codecs/bytes/read-bounded.ts"
import { readSafetensorsHeader, type Safetensor, safetensorsHeaderBytes } from "../../codecs/safetensors/safetensors.ts"
import { type LayerPlaces, layersOf, placesByNumber } from "../../parts/layers.ts"
import { byLayer, type StridedIds } from "../../parts/layer-major.ts"

export interface Iteration {
  readonly number: number
  /** By layer number, ascending. */
  readonly tensors: ReadonlyMap<number, Safetensor>
  readonly tokens: number
  readonly topK: number
}

const place = (tensor: Safetensor) => `byte ${tensor.from}, tensor ${tensor.name}`

const widths: Readonly<Partial<Record<Safetensor["type"], (view: DataView, at: number) => number>>> = {
  U8: (view, at) => view.getUint8(at),
  I8: (view, at) => view.getInt8(at),
  U16: (view, at) => view.getUint16(2 * at, true),
  I16: (view, at) => view.getInt16(2 * at, true),
  U32: (view, at) => view.getUint32(4 * at, true),
  I32: (view, at) => view.getInt32(4 * at, true),
  // Ids beyond 2^53 become doubles that are no id of any model.
  I64: (view, at) => Number(view.getBigInt64(8 * at, true)),
  U64: (view, at) => Number(view.getBigUint64(8 * at, true))
}

/** The greatest id that an element type holds. */
const greatestOf = (type: Safetensor["type"]): number =>
  2 ** (Number(type.slice(1)) - (type.startsWith("I") ? 1 : 0)) - 1

const iteration = (number: number, layers: ReadonlyMap<number, Safetensor>): Iteration => {
  const tensors = new Map([...layers].toSorted(([a], [b]) => a - b))
  const [first] = tensors.values()
  const [tokens, topK] = first!.shape as [number, number]
  for (const tensor of tensors.values()) {
    if (tensor.shape.join() !== first!.shape.join())
      throw new ContentFault(
        "Ragged",
        place(tensor),
        `ids of shape (${tensor.shape.join(", ")}), (${first!.shape.join(", ")}) in ${first!.name}`
      )
  }
  if (tokens * topK * tensors.size * 4 > maxHeldBytes)
    throw new ContentFault(
      "WrongShape",
      place(first!),
      `an iteration of ${tokens} tokens is more than is held in memory`
    )
  return { number, tensors, tokens, topK }
}

/** Lists the iterations of an open file, ascending; those without tokens are left out. Throws `ContentFault`. */
export const readIterations = (fd: number, size: number): ReadonlyArray<Iteration> => {
  const length = safetensorsHeaderBytes(readPart(fd, 0, Math.min(8, size)), size)
  const tensors = readSafetensorsHeader(readPart(fd, 0, 8 + length), size)
  const byIteration = new Map<number, Map<number, Safetensor>>()
  for (const tensor of tensors) {
    const name = /^(0|[1-9]\d{0,8})_(0|[1-9]\d{0,4})$/.exec(tensor.name)
    if (name === null) throw new ContentFault("Malformed", place(tensor), "tensors are named {iteration}_{layer}")
    if (tensor.shape.length !== 2)
      throw new ContentFault(
        "WrongShape",
        place(tensor),
        `${tensor.shape.length} dimensions where ids are [token, k]`,
        "files of counts are read by another format"
      )
    if (widths[tensor.type] === undefined)
      throw new ContentFault("WrongShape", place(tensor), `elements of type ${tensor.type}; ids are integers`)
    const number = Number(name[1])
    const layers = byIteration.get(number) ?? new Map<number, Safetensor>()
    byIteration.set(number, layers.set(Number(name[2]), tensor))
  }
  const all = [...byIteration].toSorted(([a], [b]) => a - b).map(([number, layers]) => iteration(number, layers))
  const some = all.filter(({ tokens }) => tokens > 0)
  if (some.length === 0) throw new ContentFault("WrongShape", "byte 0", "the file holds no token")
  return some
}

/** The ids of one iteration, with where its layers belong. Throws `ContentFault`. */
export const readIteration = (
  fd: number,
  { tensors, tokens, topK, number }: Iteration,
  model: Model
): { readonly source: StridedIds; readonly places: LayerPlaces } => {
  const [first] = tensors.values()
  const byNumber = placesByNumber(model, tensors.keys())
  if (byNumber === undefined)
    throw new ContentFault(
      "WrongShape",
      place(first!),
      `iteration ${number} has layers ${[...tensors.keys()].slice(0, 8).join(", ")}${tensors.size > 8 ? ", ..." : ""}, where ${layersOf(model)}`
    )
  // As they lie in the file, so that the first fault in it is the one told.
  const ordered = [...tensors].toSorted(([, a], [, b]) => a.from - b.from)
  const size = tokens * topK
  const values = new Float64Array(ordered.length * size)
  ordered.forEach(([, tensor], layer) => {
    const bytes = readPart(fd, tensor.from, tensor.to - tensor.from)
    const view = new DataView(bytes.buffer)
    const at = widths[tensor.type]!
    for (let i = 0; i < size; i++) values[layer * size + i] = at(view, i)
  })
  const placeOf = (_: number, layer: number) => place(ordered[layer]![1])
  const source = byLayer({
    values,
    tokens,
    layers: ordered.length,
    topK,
    greatestId: greatestOf(ordered[0]![1].type),
    place: placeOf
  })
  return { source, places: Int32Array.from(ordered, ([layer]) => byNumber.get(layer)!) }
}

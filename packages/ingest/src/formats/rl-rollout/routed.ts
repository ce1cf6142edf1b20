/** The ids of a sample: one array, or one for each message of its conversation. */
import type { Model } from "@moira/core"
import { ContentFault } from "../../fault/content-fault.ts"
import { layersOf, placesByCount } from "../../parts/layers.ts"
import { type Node, numbersOf } from "../../parts/numbers.ts"
import type { ReadTensor } from "../../parts/open-tree.ts"
import { routedNames, type Sample } from "./samples.ts"
import type { Rows, Turn } from "./turns.ts"

/** Ids `[token][layer][k]`; a trainer may keep layers and choices in one dimension. */
export interface Routed {
  readonly values: ArrayLike<number>
  readonly rows: number
  readonly layers: number
  readonly greatest?: number
}

export const routedOf = (sample: Sample, model: Model): Routed => {
  const numbers = sample.numbers(routedNames)
  if (numbers === undefined)
    throw new ContentFault(
      "WrongShape",
      "",
      "has no routed experts, as a sample that was aborted or made without them",
      "leave it out with --skip-bad"
    )
  const { shape } = numbers
  const [rows, layers, topK] = shape.length === 2 ? [shape[0]!, shape[1]! / model.topK, model.topK] : shape
  if (rows === undefined || layers === undefined || topK !== model.topK || !Number.isInteger(layers))
    throw new ContentFault(
      "WrongShape",
      "",
      `ids [${shape.join(", ")}], where ${layersOf(model)} and top-${model.topK}`
    )
  if (placesByCount(model, layers) === undefined)
    throw new ContentFault("WrongShape", "", `ids of ${layers} layers, where ${layersOf(model)}`)
  return {
    values: numbers.read(),
    rows,
    layers,
    ...(numbers.greatest === undefined ? {} : { greatest: numbers.greatest })
  }
}

/** Messages that have ids, one after another, as one sample of their own turns. */
export const ofMessages = (
  sample: Sample,
  model: Model,
  readTensor: ReadTensor
): { readonly routed: Routed; readonly rows: Rows } => {
  const parts = sample.messages!.map((message) => {
    const own: Sample = {
      ...sample,
      value: (names) => first(message, names),
      numbers: (names) => numbersOf(first(message, names), readTensor)
    }
    const routed = routedOf(own, model)
    return { routed, made: message.get("role") === "assistant" }
  })
  const size = (parts[0]?.routed.layers ?? 0) * model.topK
  const rows = parts.reduce((sum, { routed }) => sum + routed.rows, 0)
  const values = new Int32Array(rows * size)
  const turns: Array<Turn> = []
  let at = 0
  for (const { routed, made } of parts) {
    if (routed.layers * model.topK !== size) throw new ContentFault("Ragged", "", "messages of different layers")
    values.set(routed.values, at * size)
    const to = at + routed.rows
    const last = turns.at(-1)
    // What was given after what was given is one prompt; what was made follows it.
    if (made && last !== undefined) turns[turns.length - 1] = { ...last, to }
    else if (made) turns.push({ from: at, made: at, to })
    else if (last !== undefined && last.made === last.to) turns[turns.length - 1] = { ...last, made: to, to }
    else turns.push({ from: at, made: to, to })
    at = to
  }
  return {
    routed: { values, rows, layers: size / model.topK },
    rows: { offset: 0, tokens: rows, turns, cached: 0, assumed: false }
  }
}

const first = (fields: ReadonlyMap<string | number, Node>, names: ReadonlyArray<string>): Node | undefined => {
  for (const name of names) if (fields.has(name)) return fields.get(name)
  return undefined
}

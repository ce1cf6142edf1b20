/** An independent strict reading of patterns-json by `JSON.parse`, slow and plain: the judge of the scanner. */
import { type Model, moeLayers } from "@moira/core"

export interface Verdict {
  readonly prefillTokens: number
  readonly decodeTokens: number
  readonly ids: ReadonlyArray<number>
}

/** `JSON.parse` as it is since Node 21; the library's types do not know the third argument yet. */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown
) => unknown

const isRows = (value: unknown): value is ReadonlyArray<ReadonlyArray<number>> =>
  Array.isArray(value) && value.every((row) => Array.isArray(row) && row.every((id) => typeof id === "number"))

/** What the text holds, or undefined where it is not an exact trace of `model`. */
export const oracle = (text: string, model: Model): Verdict | undefined => {
  let plain = true
  let steps: unknown
  try {
    // Values lose how they were written (1e1, -0, 2.0): the reviver sees the source text of each number.
    steps = parseWithSource(text, (_key, value, context) => {
      if (typeof value === "number" && !/^(?:0|[1-9]\d*)$/.test(context.source ?? "")) plain = false
      if (typeof value === "string" || typeof value === "boolean") plain = false
      return value
    })
  } catch {
    return undefined
  }
  if (!plain || !Array.isArray(steps) || steps.length === 0) return undefined
  // Objects lose the order and the repetition of keys: the only strings of a good file are keys, so read them off.
  const keys = [...text.matchAll(/"([^"]*)"/g)].map((match) => match[1]!)
  if (keys.length !== steps.length * model.layers) return undefined
  const first = keys.slice(0, model.layers)
  const wanted = Array.from({ length: model.layers }, (_, layer) => String(layer))
  if (first.toSorted().join() !== wanted.toSorted().join()) return undefined
  if (keys.some((key, i) => key !== first[i % model.layers])) return undefined
  const moe = new Set(moeLayers(model).map(String))
  const perLayer = new Map([...moe].map((layer) => [layer, new Array<ReadonlyArray<number>>()]))
  let prefillTokens = -1
  for (const [index, step] of (steps as ReadonlyArray<unknown>).entries()) {
    if (typeof step !== "object" || step === null || Array.isArray(step)) return undefined
    const entries = Object.entries(step)
    if (entries.length !== model.layers) return undefined
    for (const [layer, rows] of entries) {
      if (!moe.has(layer)) {
        if (rows !== null) return undefined
        continue
      }
      if (!isRows(rows)) return undefined
      if (index === 0 && prefillTokens < 0) prefillTokens = rows.length
      if (rows.length !== (index === 0 ? prefillTokens : 1)) return undefined
      for (const row of rows) {
        if (row.length !== model.topK || new Set(row).size !== row.length) return undefined
        if (row.some((id) => id >= model.experts)) return undefined
        perLayer.get(layer)!.push(row)
      }
    }
  }
  const decodeTokens = steps.length - 1
  if (prefillTokens + decodeTokens === 0) return undefined
  return { prefillTokens, decodeTokens, ids: moeLayers(model).flatMap((layer) => perLayer.get(String(layer))!.flat()) }
}

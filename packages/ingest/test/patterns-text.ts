/** Requests written as patterns-json in the styles that programs write JSON in. */
import { type Model, moeLayers } from "@moira/core"
import { type TraceRequest } from "@moira/trace"

export interface Style {
  readonly indent: number | string
  readonly edit: (text: string) => string
  /** Layers from the last to the first. */
  readonly backwards?: true
}

const asIs = (text: string): string => text

export const styles: ReadonlyArray<Style> = [
  { indent: 4, edit: asIs },
  { indent: 0, edit: asIs },
  { indent: 4, edit: asIs, backwards: true },
  { indent: 2, edit: (text) => text.replaceAll("\n", "\r\n") },
  { indent: 1, edit: (text) => `\n${text}\n` },
  { indent: 8, edit: asIs },
  { indent: "\t", edit: asIs },
  { indent: 0, edit: (text) => text.replaceAll(",", ", ").replaceAll(":", ": ") },
  { indent: 0, edit: (text) => text.replaceAll(/([[{]|,(?="))/g, "$1\n") },
  // Each row laid out otherwise: nothing to learn.
  { indent: 0, edit: (text) => text.replaceAll("],[", (_, at: number) => `],${" ".repeat(at % 7)}[`) }
]

export const patternsText = (model: Model, request: TraceRequest, { indent, edit, backwards }: Style): string => {
  const { ids, prefillTokens, decodeTokens } = request
  const tokens = prefillTokens + decodeTokens
  const layers = moeLayers(model)
  const rowsOf = (layer: number, from: number, to: number): string | null => {
    const index = layers.indexOf(layer)
    if (index < 0) return null
    const start = (token: number) => (index * tokens + token) * model.topK
    return JSON.stringify(
      Array.from({ length: to - from }, (_, i) => [...ids.subarray(start(from + i), start(from + i + 1))])
    )
  }
  const step = (from: number, to: number): string => {
    const names = Array.from({ length: model.layers }, (_, layer) => layer)
    if (backwards === true) names.reverse()
    return `{${names.map((layer) => `"${layer}":${rowsOf(layer, from, to) ?? "null"}`).join()}}`
  }
  const steps = Array.from({ length: decodeTokens }, (_, t) => step(prefillTokens + t, prefillTokens + t + 1))
  const compact = `[${[step(0, prefillTokens), ...steps].join()}]`
  // Objects sort layer numbers, so a text in another order is laid out by hand.
  if (indent === 0) return edit(compact)
  if (backwards === true) return edit(compact.replaceAll(/([[{])|([\]}])|,/g, layOut(indent)))
  return edit(JSON.stringify(JSON.parse(compact), null, indent))
}

/** A replacer that gives each value of a list or object a line of its own, as `JSON.stringify` does. */
const layOut = (indent: number | string) => {
  const unit = typeof indent === "number" ? " ".repeat(indent) : indent
  let depth = 0
  return (mark: string, opens?: string, closes?: string): string => {
    if (opens !== undefined) depth++
    if (closes !== undefined) depth--
    const line = `\n${unit.repeat(depth)}`
    return closes === undefined ? `${mark}${line}` : `${line}${mark}`
  }
}

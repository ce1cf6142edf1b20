/** A completion or chat response of vLLM's OpenAI-compatible server with routed experts. */
import type { Model } from "@moira/core"
import { moeLayers } from "@moira/core/thread"
import { ContentFault } from "../../fault/content-fault.ts"
import type { JsonCursor } from "../../codecs/json/cursor.ts"
import { readUsage, type Usage } from "../../codecs/json/usage.ts"
import { layerMajor, type StridedIds } from "../../parts/layer-major.ts"
import { readRouted } from "./routed.ts"

export interface VllmResponse {
  readonly place: string
  readonly model: string | undefined
  readonly prompt: StridedIds | undefined
  /** Routed experts of each choice. */
  readonly choices: ReadonlyArray<StridedIds>
  readonly usage: Usage
}

interface Choice {
  readonly routed: StridedIds | undefined
  readonly place: string
}

const readChoice = (cursor: JsonCursor): Choice => {
  let routed: StridedIds | undefined
  cursor.kind()
  const place = `byte ${cursor.base + cursor.at}`
  cursor.object((key) => {
    if (key === "routed_experts") routed = readRouted(cursor)
    else cursor.skip()
  })
  return { routed, place }
}

/** A choice's experts; none where the prompt has some and the only token made was not run through the model again. */
const routedOf = ({ routed, place }: Choice, prompt: StridedIds | undefined, made: number): StridedIds => {
  if (routed !== undefined) return routed
  if (prompt !== undefined && made <= 1) return { ...prompt, values: new Int32Array(0), tokens: 0 }
  throw new ContentFault(
    "WrongShape",
    place,
    "the choice has no routed_experts",
    "start the server with --enable-return-routed-experts"
  )
}

/** Reads the response at the cursor. Throws `ContentFault`. */
export const readResponse = (cursor: JsonCursor): VllmResponse => {
  let model: string | undefined
  let prompt: StridedIds | undefined
  let choices: ReadonlyArray<Choice> = []
  let usage: Usage = {}
  cursor.kind()
  const at = cursor.at
  cursor.object((key) => {
    if (key === "model" && cursor.kind() === "string") model = cursor.string()
    else if (key === "prompt_routed_experts") prompt = readRouted(cursor)
    else if (key === "usage") usage = readUsage(cursor)
    else if (key === "choices") {
      const all: Array<Choice> = []
      cursor.list(() => all.push(readChoice(cursor)))
      choices = all
    } else cursor.skip()
  })
  if (choices.length === 0) throw cursor.faultAt("WrongShape", at, "the response has no choices")
  // Usage counts all choices together.
  const each = (usage.completionTokens ?? Infinity) / choices.length
  const routed = choices.map((choice) => routedOf(choice, prompt, each))
  return { place: `byte ${cursor.base + at}`, model, prompt, choices: routed, usage }
}

/** How many of a choice's tokens are of the prompt, where the engine did not split them. */
const promptTokens = ({ prompt, choices, usage, place }: VllmResponse, choice: StridedIds): number => {
  const { promptTokens: asked, completionTokens: made } = usage
  const wrong = (what: string) => new ContentFault("WrongShape", place, what, "the recorder lost tokens; record again")
  if (prompt !== undefined && asked !== undefined && prompt.tokens !== asked)
    throw wrong(`${prompt.tokens} prompt tokens have routed experts, usage says ${asked}`)
  if (made === undefined) return 0
  const all = choices.reduce((total, { tokens }) => total + tokens, 0)
  // The last sampled token is not run through the model again, so it may have no routed experts.
  const isOf = (tokens: number) => choice.tokens === tokens || choice.tokens === tokens - 1
  if (choices.length > 1) {
    if (all > made) throw wrong(`${all} generated tokens have routed experts, usage says ${made}`)
    return 0
  }
  if (isOf(made)) return 0
  if (prompt === undefined && asked !== undefined && isOf(asked + made)) return asked
  throw wrong(`${choice.tokens} tokens have routed experts, usage says ${asked ?? "?"} prompt and ${made} generated`)
}

const join = (parts: ReadonlyArray<{ readonly ids: Uint16Array; readonly tokens: number }>, model: Model) => {
  const tokens = parts.reduce((total, part) => total + part.tokens, 0)
  const layers = moeLayers(model).length
  const out = new Uint16Array(layers * tokens * model.topK)
  let before = 0
  for (const part of parts) {
    const size = part.tokens * model.topK
    for (let layer = 0; layer < layers; layer++)
      out.set(part.ids.subarray(layer * size, (layer + 1) * size), (layer * tokens + before) * model.topK)
    before += part.tokens
  }
  return out
}

export interface RoutedRequest {
  readonly prefillTokens: number
  readonly decodeTokens: number
  readonly ids: Uint16Array
}

/** One request for each choice of a response, the prompt's experts in front. Throws `ContentFault`. */
export const requestsOfResponse = (response: VllmResponse, model: Model): ReadonlyArray<RoutedRequest> => {
  const { prompt, choices } = response
  const ofPrompt = prompt === undefined || prompt.tokens === 0 ? undefined : layerMajor(prompt, model)
  return choices.map((choice) => {
    const inside = promptTokens(response, choice)
    const prefillTokens = (prompt?.tokens ?? 0) + inside
    const decodeTokens = choice.tokens - inside
    if (prefillTokens + decodeTokens === 0) throw new ContentFault("WrongShape", response.place, "holds no token")
    const parts = ofPrompt === undefined ? [] : [{ ids: ofPrompt, tokens: prompt!.tokens }]
    if (choice.tokens > 0) parts.push({ ids: layerMajor(choice, model), tokens: choice.tokens })
    return { prefillTokens, decodeTokens, ids: parts.length === 1 ? parts[0]!.ids.slice() : join(parts, model) }
  })
}

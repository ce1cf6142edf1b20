/** Joins forward passes into requests: prefill passes of several tokens, then decode passes of one. */
import type { Model } from "@moira/core"
import { moeLayers } from "@moira/core/thread"
import { ContentFault } from "../../fault/content-fault.ts"
import { maxHeldBytes } from "../../codecs/bytes/read-bounded.ts"
import { byLayer, layerMajor } from "../../parts/layer-major.ts"
import { layersOf, placesByNumber } from "../../parts/layers.ts"
import type { AssumedPhase } from "../../source.ts"
import type { Pass } from "./passes.ts"

interface Checked {
  readonly tokens: number
  /** Of these the last layer has no row. */
  readonly pruned: number
  /** `[layerIndex][token][k]`. */
  readonly ids: Uint16Array
  readonly line: number
}

export interface JoinedRequest {
  readonly prefillTokens: number
  readonly decodeTokens: number
  readonly ids: Uint16Array
  /** True where the last layer lacks the tokens without an output. */
  readonly pruned: boolean
  /** True where some pass has an output of several tokens, but not of all. */
  readonly someOutputs: boolean
}

/** Places of the layers of a pass, the last one added where no token of the pass had an output. */
const placesOf = (model: Model, layers: ReadonlyArray<number>) => {
  const whole = placesByNumber(model, layers)
  if (whole !== undefined) return { numbers: layers, byNumber: whole }
  const moe = moeLayers(model)
  const last = [moe.at(-1)!, moe.length - 1, moe.length, moe.at(-1)! + 1]
  for (const number of last) {
    const numbers = [...layers, number]
    const byNumber = layers.includes(number) ? undefined : placesByNumber(model, numbers)
    if (byNumber !== undefined && byNumber.get(number) === moe.length - 1) return { numbers, byNumber }
  }
  return undefined
}

const checked = (pass: Pass, model: Model): Checked => {
  const { layers, idsPerLayer, ids, line } = pass
  const { topK } = model
  const place = `line ${line}`
  const found = placesOf(model, layers)
  if (found === undefined)
    throw new ContentFault("WrongShape", place, `a pass of ${layers.length} layers, where ${layersOf(model)}`)
  const { numbers, byNumber } = found
  const idsOfLast = numbers === layers ? pass.idsOfLast : 0
  const ragged = numbers === layers ? idsOfLast % topK !== 0 : pass.idsOfLast !== idsPerLayer
  if (pass.idsOfLast !== idsPerLayer && ragged)
    throw new ContentFault(
      "Ragged",
      `line ${pass.end}, layer ${layers.at(-1)}`,
      `${pass.idsOfLast} activations where layer ${layers[0]} of the same pass has ${idsPerLayer}`,
      `the last layer of a pass may have fewer tokens, each of ${topK} activations: the file is cut there, or lines are lost`
    )
  if (idsPerLayer % topK !== 0)
    throw new ContentFault("WrongShape", place, `${idsPerLayer} activations a layer, where ${model.id} chooses ${topK}`)
  const tokens = idsPerLayer / topK
  const pruned = tokens - idsOfLast / topK
  // Graphs keep the tokens that have an output, which in a prompt is its last.
  const values = new Int32Array(numbers.length * idsPerLayer).fill(-1)
  values.set(ids.subarray(0, ids.length - idsOfLast))
  values.set(ids.subarray(ids.length - idsOfLast), values.length - idsOfLast)
  const lineOf = (token: number, layer: number) => {
    const before = layer === numbers.length - 1 ? token - pruned : token
    return `line ${line + layer * idsPerLayer + Math.max(0, before) * topK}`
  }
  const places = Int32Array.from(byNumber.values())
  const source = byLayer({ values, tokens, layers: numbers.length, topK, place: lineOf })
  return { tokens, pruned, ids: layerMajor(source, model, places), line }
}

/** Puts passes one after another at every layer. */
const join = (passes: ReadonlyArray<Checked>, prefillTokens: number, model: Model): JoinedRequest => {
  const tokens = passes.reduce((total, pass) => total + pass.tokens, 0)
  const layers = moeLayers(model).length
  const ids = new Uint16Array(layers * tokens * model.topK)
  let before = 0
  for (const pass of passes) {
    const size = pass.tokens * model.topK
    for (let layer = 0; layer < layers; layer++)
      ids.set(pass.ids.subarray(layer * size, (layer + 1) * size), (layer * tokens + before) * model.topK)
    before += pass.tokens
  }
  return {
    prefillTokens,
    decodeTokens: tokens - prefillTokens,
    ids,
    pruned: passes.some(({ pruned }) => pruned > 0),
    someOutputs: passes.some(({ pruned, tokens: of }) => pruned > 0 && pruned < of - 1)
  }
}

/** What is known where a pass ends a recording. */
interface Ending {
  /** True where nothing follows at all: the file may be cut. */
  readonly endOfFile: boolean
  /** True where such an ending is known to be whole: other passes have the same form, or the user says that it is a prompt. */
  readonly usual: boolean
}

/**
 * A pass without the last layer is a part of a prompt, whose next part has it. One whose last layer has a row for one token is a
 * prompt, or the file is cut. Throws `ContentFault`.
 */
const checkLast = (last: Checked | undefined, next: Checked | undefined, model: Model, ending: Ending): void => {
  if (last === undefined || last.pruned === 0) return
  const { tokens, pruned, line } = last
  if (pruned === tokens && (next === undefined || tokens === 1 || (next.pruned === next.tokens && next.tokens === 1)))
    throw new ContentFault(
      "WrongShape",
      `line ${line}`,
      `a pass without the last layer, where ${layersOf(model)}`,
      "the file is cut there, or of another model: name its model with --model, or leave out the lines of this pass"
    )
  if (next !== undefined || !ending.endOfFile || (ending.usual && pruned === tokens - 1)) return
  throw new ContentFault(
    "Truncated",
    `line ${line}`,
    `the file ends with a pass of ${tokens} tokens whose last layer has rows of ${tokens - pruned}: it is cut there, or the prompt's last pass`,
    "copy the file again; where it is whole, say that it is of prompts alone with --phase prefill, or record decode steps too"
  )
}

/** A checked pass, or what is wrong with its ids; that a pass is of another model is thrown, since it holds of the file. */
const idsIn = (pass: Pass, model: Model): Checked | ContentFault => {
  try {
    return checked(pass, model)
  } catch (cause) {
    if (cause instanceof ContentFault && (cause.reason === "OutOfRange" || cause.reason === "Repeated")) return cause
    throw cause
  }
}

/**
 * Yields requests; a pass of several tokens after one of a single token starts the next, and so does a new recording. `phase`
 * is what all tokens are, where the user says so: then only a new recording starts a request. In place of a request
 * whose ids are wild comes what is wrong with it. Throws `ContentFault`.
 */
export function* requestsOfPasses(
  passes: Iterable<Pass>,
  model: Model,
  phase: AssumedPhase | undefined
): Generator<JoinedRequest | ContentFault> {
  let held: Array<Checked> = []
  let [prefillTokens, heldIds, decoding] = [0, 0, false]
  let usual = phase === "prefill"
  /** A pass whose ids are wild spoils its request, up to where the next one starts. */
  let spoiled = false
  const finish = (): JoinedRequest => {
    const request = join(held, prefillTokens, model)
    held = []
    ;[prefillTokens, heldIds, decoding] = [0, 0, false]
    return request
  }
  for (const pass of passes) {
    const next = idsIn(pass, model)
    if (next instanceof ContentFault) {
      yield next
      held = []
      ;[prefillTokens, heldIds, decoding, spoiled] = [0, 0, pass.idsPerLayer === model.topK, true]
      continue
    }
    // A pass without an output is a part of a prompt, whose rest may be one token.
    const rest = !pass.begins && held.length > 0 && held.at(-1)!.pruned === held.at(-1)!.tokens
    const several = phase === undefined ? next.tokens > 1 || rest : phase === "prefill"
    if (spoiled && !pass.begins && !(phase === undefined && several && decoding)) {
      if (!several) decoding = true
      continue
    }
    if (spoiled) [spoiled, decoding] = [false, false]
    const last = held.at(-1)
    checkLast(last, pass.begins ? undefined : next, model, { endOfFile: false, usual })
    usual ||= last !== undefined && last.pruned > 0 && last.pruned === last.tokens - 1
    if (held.length > 0 && (pass.begins || (phase === undefined && several && decoding))) yield finish()
    heldIds += next.ids.length
    if (heldIds * 4 > maxHeldBytes)
      throw new ContentFault("WrongShape", `line ${pass.line}`, "a request of more tokens than are held in memory")
    held.push(next)
    if (several) prefillTokens += next.tokens
    else decoding = true
  }
  checkLast(held.at(-1), undefined, model, { endOfFile: true, usual })
  if (held.length > 0) yield finish()
}

/** A response of SGLang: `/generate` (one or a list), or of its OpenAI-compatible server. */
import { ContentFault } from "../../fault/content-fault.ts"
import { readBase64 } from "../../codecs/json/base64.ts"
import type { JsonCursor } from "../../codecs/json/cursor.ts"
import { readUsage, takeUsage, type Usage } from "../../codecs/json/usage.ts"

export interface SglangOutput {
  /** Flat `[token][layer][k]`. */
  readonly ids: Int32Array
  readonly promptTokens: number
  readonly completionTokens: number
  /** True where `completionTokens` is of several outputs together. */
  readonly shared: boolean
  readonly place: string
}

export interface SglangResponse {
  readonly model: string | undefined
  readonly outputs: ReadonlyArray<SglangOutput>
}

interface Found {
  readonly ids: Int32Array | undefined
  readonly usage: Usage
  readonly place: string
}

const idsOf = (cursor: JsonCursor): Int32Array => {
  cursor.kind()
  const at = cursor.at
  const bytes = readBase64(cursor)
  if (bytes.length % 4 !== 0)
    throw cursor.faultAt("Malformed", at, `routed_experts of ${bytes.length} bytes are no 32-bit integers`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i, true))
}

/** An object that may hold `routed_experts` and token counts: `sgl_ext` or `meta_info`. */
const readInfo = (cursor: JsonCursor): Found => {
  let ids: Int32Array | undefined
  const usage: Usage = {}
  let place = `byte ${cursor.base + cursor.at}`
  if (cursor.isNull()) return { ids, usage, place }
  cursor.object((key) => {
    if (key === "routed_experts") {
      if (cursor.isNull()) return
      place = `byte ${cursor.base + cursor.at}`
      ids = idsOf(cursor)
    } else if (!takeUsage(cursor, key, usage)) cursor.skip()
  })
  return { ids, usage, place }
}

/** Fields of a response or of one of its choices. */
const readFields = (cursor: JsonCursor, other: (key: string) => boolean): Found => {
  const parts: Array<Found> = []
  cursor.kind()
  const place = `byte ${cursor.base + cursor.at}`
  cursor.object((key) => {
    if (key === "sgl_ext" || key === "meta_info") parts.push(readInfo(cursor))
    else if (key === "usage") parts.push({ ids: undefined, usage: readUsage(cursor), place })
    else if (!other(key)) cursor.skip()
  })
  const holding = parts.filter((part) => part.ids !== undefined)
  if (holding.length > 1)
    throw new ContentFault("Malformed", holding[1]!.place, "routed_experts come twice in a response")
  const usage = Object.assign({}, ...parts.map((part) => part.usage)) as Usage
  return { ids: holding[0]?.ids, usage, place: holding[0]?.place ?? place }
}

const output = ({ ids, usage, place }: Found, shared: boolean): SglangOutput => {
  const { promptTokens, completionTokens } = usage
  if (ids === undefined)
    throw new ContentFault(
      "WrongShape",
      place,
      "the response has no routed_experts",
      "start the server with --enable-return-routed-experts and ask with return_routed_experts"
    )
  if (promptTokens === undefined || completionTokens === undefined)
    throw new ContentFault("WrongShape", place, "the response does not give prompt_tokens and completion_tokens")
  return { ids, promptTokens, completionTokens, shared, place }
}

const one = (cursor: JsonCursor): SglangResponse => {
  let model: string | undefined
  const choices: Array<Found> = []
  const whole = readFields(cursor, (key) => {
    if (key === "choices" && cursor.kind() === "list") cursor.list(() => choices.push(readFields(cursor, () => false)))
    else if (key === "model" && cursor.kind() === "string") model = cursor.string()
    else return false
    return true
  })
  if (whole.ids !== undefined || choices.length === 0) return { model, outputs: [output(whole, false)] }
  const outputs = choices.map((choice) =>
    output(
      { ...choice, usage: { ...whole.usage, ...choice.usage } },
      choices.length > 1 && choice.usage.completionTokens === undefined
    )
  )
  return { model, outputs }
}

/** Reads the response, or list of responses, at the cursor. Throws `ContentFault`. */
export const readSglangResponse = (cursor: JsonCursor): SglangResponse => {
  if (cursor.kind() !== "list") return one(cursor)
  const at = cursor.at
  const all: Array<SglangResponse> = []
  cursor.list(() => all.push(one(cursor)))
  if (all.length === 0) throw cursor.faultAt("WrongShape", at, "the list holds no response")
  return { model: all[0]!.model, outputs: all.flatMap(({ outputs }) => outputs) }
}

/** How many tokens may have experts: the last sampled one is not run through the model again. */
export const possibleTokens = ({ promptTokens, completionTokens, shared }: SglangOutput): ReadonlyArray<number> =>
  shared
    ? Array.from({ length: completionTokens + 1 }, (_, made) => promptTokens + made)
    : [promptTokens + completionTokens - 1, promptTokens + completionTokens]

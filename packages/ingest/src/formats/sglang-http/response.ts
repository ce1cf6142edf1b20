/** A response of SGLang: `/generate`, or of its OpenAI-compatible server, whole or a part of a stream. */
import type { JsonCursor } from "../../codecs/json/cursor.ts"
import { readUsage, takeUsage, type Usage } from "../../codecs/json/usage.ts"
import { ContentFault } from "../../fault/content-fault.ts"
import { errorText, finishReason, optionalCount, optionalText } from "../../parts/responses/read-fields.ts"
import { readRouted } from "../../parts/responses/read-routed.ts"
import type { Engine } from "../../parts/responses/shaped.ts"
import type { Choice, Response, Routed } from "../../parts/responses/response.ts"

export const sglang: Engine = { answerAlone: false, startField: "routed_experts_start_len" }

/** What an object says that may hold the routing: `sgl_ext` or `meta_info`, of a response or of one of its choices. */
interface Found {
  id?: string | undefined
  routed?: Routed
  fault?: ContentFault
  start?: number | undefined
  finish?: string | null | undefined
  usage: { -readonly [K in keyof Usage]: Usage[K] }
  place: string
}

const extensions: ReadonlySet<string> = new Set(["sgl_ext", "sglext", "meta_info"])

/** Takes routing; a fault in it spoils the output and not the response. */
const takeRouted = (cursor: JsonCursor, found: Found): void => {
  if (cursor.isNull()) return
  const place = `byte ${cursor.base + cursor.at}`
  if (found.routed !== undefined || found.fault !== undefined)
    throw new ContentFault("Malformed", place, "routed_experts come twice in a response")
  const field = cursor.attempt(() => readRouted(cursor, "int32"))
  found.place = place
  if (field instanceof ContentFault) found.fault = field
  else if (field !== undefined) {
    found.routed = field.routed
    if (field.start !== undefined) found.start = field.start
  }
}

const takeInfo = (cursor: JsonCursor, found: Found): void => {
  if (cursor.isNull()) return
  cursor.object((key) => {
    if (key === "routed_experts") takeRouted(cursor, found)
    else if (key === "routed_experts_start_len") found.start ??= optionalCount(cursor)
    else if (key === "id") found.id = optionalText(cursor)
    else if (key === "finish_reason") found.finish = finishReason(cursor)
    else if (!takeUsage(cursor, key, found.usage)) cursor.skip()
  })
}

/** Fields of a response or of one of its choices. */
const readFields = (cursor: JsonCursor, other: (key: string) => boolean): Found => {
  cursor.kind()
  const found: Found = { usage: {}, place: `byte ${cursor.base + cursor.at}` }
  cursor.object((key) => {
    if (extensions.has(key)) takeInfo(cursor, found)
    else if (key === "routed_experts") takeRouted(cursor, found)
    else if (key === "usage") found.usage = { ...found.usage, ...readUsage(cursor) }
    else if (key === "finish_reason") found.finish = finishReason(cursor)
    else if (!other(key)) cursor.skip()
  })
  return found
}

const choiceOf = ({ routed, fault, start, finish, place, usage }: Found, index: number): Choice => ({
  index,
  place,
  ...(routed === undefined ? {} : { routed }),
  ...(fault === undefined ? {} : { fault }),
  ...(start === undefined ? {} : { start }),
  ...(finish === undefined ? {} : { finish }),
  ...(usage.completionTokens === undefined ? {} : { made: usage.completionTokens })
})

interface ChoiceFound {
  readonly found: Found
  readonly index: number
  readonly part: boolean
}

const readChoice = (cursor: JsonCursor, position: number): ChoiceFound => {
  let [index, part] = [position, false]
  const found = readFields(cursor, (key) => {
    if (key === "index") index = optionalCount(cursor) ?? position
    else if (key === "delta") {
      part = true
      cursor.skip()
    } else return false
    return true
  })
  return { found, index, part }
}

/** Reads the response at the cursor, below `response` and `body` where it is in the output of a batch. Throws `ContentFault`. */
export const readSglangResponse = (cursor: JsonCursor): Response => {
  let [id, model, failure] = [
    undefined as string | undefined,
    undefined as string | undefined,
    undefined as string | undefined
  ]
  let [object, inside] = ["", undefined as Response | undefined]
  const choices: Array<ChoiceFound> = []
  const whole = readFields(cursor, (key) => {
    if (key === "choices" && cursor.kind() === "list") cursor.list((i) => choices.push(readChoice(cursor, i)))
    else if (key === "model") model = optionalText(cursor)
    else if (key === "id") id = optionalText(cursor)
    else if (key === "object") object = optionalText(cursor) ?? ""
    else if (key === "error") failure = errorText(cursor)
    else if ((key === "response" || key === "body") && cursor.kind() === "object") inside = readSglangResponse(cursor)
    else return false
    return true
  })
  if (inside !== undefined && choices.length === 0) return failure === undefined ? inside : { ...inside, failure }
  const alone = whole.routed !== undefined || whole.fault !== undefined || choices.length === 0
  const { completionTokens, promptTokens, cachedTokens } = Object.assign(
    {},
    ...choices.map(({ found }) => found.usage),
    whole.usage
  ) as Usage
  const called = id ?? whole.id
  const ends = choices.length === 1 ? choices[0]!.found.finish : whole.finish
  const all = alone
    ? [choiceOf({ ...whole, finish: ends, usage: {} }, 0)]
    : choices.map(({ found, index }) => choiceOf(found, index))
  return {
    place: whole.place,
    chunk:
      object.endsWith(".chunk") ||
      choices.some(({ part }) => part) ||
      (called !== undefined && all.some(({ finish }) => finish === null)),
    usage: {
      ...(promptTokens === undefined ? {} : { promptTokens }),
      ...(completionTokens === undefined ? {} : { completionTokens }),
      // Of several choices the server adds up what was cached for each, so that it says nothing of one prompt.
      ...(cachedTokens === undefined || all.length > 1 ? {} : { cachedTokens })
    },
    choices: object.endsWith(".chunk") && choices.length === 0 && whole.routed === undefined ? [] : all,
    ...(called === undefined ? {} : { id: called }),
    ...(model === undefined ? {} : { model }),
    ...(failure === undefined ? {} : { failure })
  }
}

/** How many tokens may have rows where there is one output: the last one made is not run any more. */
export const possibleTokens = ({ usage, choices, start }: Response): ReadonlyArray<number> => {
  const { promptTokens: prompt, completionTokens, cachedTokens = 0 } = usage
  const made = choices[0]?.made ?? completionTokens
  if (prompt === undefined || made === undefined) return []
  const from = choices[0]?.start ?? start ?? 0
  const starts = from > 0 ? [from] : [0, cachedTokens]
  return starts.flatMap((at) => [prompt - at + made - 1, prompt - at + made])
}

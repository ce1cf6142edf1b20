/** A response of vLLM: completions, chat and token-in token-out, whole or a part of a stream, in a batch's output or not. */
import type { JsonCursor } from "../../codecs/json/cursor.ts"
import { readUsage, type Usage } from "../../codecs/json/usage.ts"
import { ContentFault } from "../../fault/content-fault.ts"
import { errorText, finishReason, listLength, optionalCount, optionalText } from "../../parts/responses/read-fields.ts"
import { readRouted } from "../../parts/responses/read-routed.ts"
import type { Engine } from "../../parts/responses/shaped.ts"
import type { Choice, Response, Routed } from "../../parts/responses/response.ts"

/** Older versions return the rows of the answer alone. */
export const vllm: Engine = { answerAlone: true, startField: "routed_experts_prompt_start" }

type Mutable<A> = { -readonly [K in keyof A]?: A[K] | undefined }

/** What the fields of a response or choice say that may stand at several levels of it. */
interface Common extends Pick<Choice, "routed" | "fault" | "start" | "made" | "finish"> {
  readonly prompt?: Routed
  readonly promptListed?: number
}

const isStart = (key: string): boolean => key === "routed_experts_prompt_start" || key === "routed_experts_start_len"

/** Takes routing; a fault in it spoils the choice and not the response. */
const takeRouted = (cursor: JsonCursor, into: Mutable<Common>): void => {
  const field = cursor.attempt(() => readRouted(cursor, "npy"))
  if (field instanceof ContentFault) into.fault = field
  else if (field !== undefined) {
    into.routed = field.routed
    if (field.start !== undefined) into.start = field.start
  }
}

const takeCommon = (cursor: JsonCursor, key: string, into: Mutable<Common>): boolean => {
  if (key === "routed_experts") takeRouted(cursor, into)
  else if (key === "prompt_routed_experts") into.prompt = readRouted(cursor, "npy")?.routed
  else if (key === "prompt_token_ids") into.promptListed = listLength(cursor)
  else if (isStart(key)) into.start ??= optionalCount(cursor)
  else return false
  return true
}

/** Only what was said. */
const said = <A extends object>(fields: Mutable<A>): A =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as A

interface ChoiceRead {
  readonly choice: Choice
  readonly common: Mutable<Common>
  readonly part: boolean
}

const readChoice = (cursor: JsonCursor, position: number): ChoiceRead => {
  cursor.kind()
  const place = `byte ${cursor.base + cursor.at}`
  const common: Mutable<Common> = {}
  let [index, part] = [position, false]
  cursor.object((key) => {
    if (takeCommon(cursor, key, common)) return
    if (key === "index") index = optionalCount(cursor) ?? position
    else if (key === "token_ids") common.made = listLength(cursor)
    else if (key === "finish_reason") common.finish = finishReason(cursor)
    else if (key === "delta") {
      part = true
      cursor.skip()
    } else cursor.skip()
  })
  const { routed, fault, start, made, finish } = common
  return { choice: { index, place, ...said<Partial<Choice>>({ routed, fault, start, made, finish }) }, common, part }
}

/** What Dynamo puts beside the fields of OpenAI: the routing of the only choice, and the lists of tokens. */
const readExtension = (cursor: JsonCursor, into: Mutable<Common>): void => {
  if (cursor.kind() !== "object") return cursor.skip()
  cursor.object((key) => {
    if (takeCommon(cursor, key, into)) return
    if (key === "engine_data") readExtension(cursor, into)
    else if (key === "completion_token_ids") into.made = listLength(cursor)
    else cursor.skip()
  })
}

/** Tokens of the prompt that choices list: of each its own where a response is of several prompts, then all together. */
const listedBy = (choices: ReadonlyArray<ChoiceRead>): number | undefined => {
  const listed = choices.map(({ common }) => common.promptListed)
  const [first] = listed
  if (first === undefined || listed.some((each) => each === undefined)) return first
  return listed.every((each) => each === first) ? first : listed.reduce<number>((sum, each) => sum + each!, 0)
}

/** Reads the response at the cursor, below `response` and `body` where it is in the output of a batch. Throws `ContentFault`. */
export const readResponse = (cursor: JsonCursor): Response => {
  let [id, model, failure] = [
    undefined as string | undefined,
    undefined as string | undefined,
    undefined as string | undefined
  ]
  let [object, usage, inside] = ["", {} as Usage, undefined as Response | undefined]
  let message: string | undefined
  const choices: Array<ChoiceRead> = []
  const beside: Mutable<Common> = {}
  cursor.kind()
  const place = `byte ${cursor.base + cursor.at}`
  cursor.object((key) => {
    if (takeCommon(cursor, key, beside)) return
    if (key === "id" || key === "request_id") id ??= optionalText(cursor)
    else if (key === "model") model = optionalText(cursor)
    else if (key === "object") object = optionalText(cursor) ?? ""
    else if (key === "usage") usage = readUsage(cursor)
    else if ((key === "choices" || key === "outputs") && cursor.kind() === "list")
      cursor.list((i) => choices.push(readChoice(cursor, i)))
    else if (key === "nvext") readExtension(cursor, beside)
    else if (key === "error") failure = errorText(cursor)
    else if (key === "message" && cursor.kind() === "string") message = errorText(cursor)
    else if ((key === "response" || key === "body") && cursor.kind() === "object") inside = readResponse(cursor)
    else cursor.skip()
  })
  if (inside !== undefined && choices.length === 0) return failure === undefined ? inside : { ...inside, failure }
  if (object === "error") failure ??= message ?? '""'
  const [only] = choices
  const { routed, fault, start, made } = beside
  const all = choices.map(({ choice }) => choice)
  const beyond = said<Partial<Choice>>({ routed, fault, made })
  const whole = all.length === 1 ? [{ ...beyond, ...all[0]! }] : all
  return {
    place,
    chunk:
      object.endsWith(".chunk") ||
      choices.some(({ choice, part }) => part || (choice.finish === null && id !== undefined)),
    usage,
    choices: whole,
    ...said<Partial<Response>>({
      id,
      model,
      failure,
      start,
      prompt: beside.prompt ?? only?.common.prompt,
      promptListed: beside.promptListed ?? listedBy(choices)
    })
  }
}

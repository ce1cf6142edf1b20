/** The requests of a response: one for each choice, the prompt's rows in front, with what each token was. */
import type { Model } from "@moira/core"
import { moeLayers } from "@moira/core/thread"
import type { Remark, TokenRun, TraceRequest } from "@moira/trace"
import { ContentFault } from "../../fault/content-fault.ts"
import type { DecodeOptions } from "../../source.ts"
import { layerMajor, type StridedIds } from "../layer-major.ts"
import { areHoles, blankHead, blankTail, withHoles } from "./blank-rows.ts"
import type { Choice, Response } from "./response.ts"
import { type ChoiceRows, type Lengths, rowsExpected, type Split, splitRows } from "./split-rows.ts"

/** What engines do differently. */
export interface Engine {
  /** True where it may return rows of the answer without those of its prompt. */
  readonly answerAlone: boolean
  /** How it calls the first token that has a row; left out where there can be no such field. */
  readonly startField?: string
}

/** A response whose rows have a shape. */
export interface Shaped extends Omit<Response, "prompt" | "choices"> {
  readonly prompt: StridedIds | undefined
  readonly engine: Engine
  readonly choices: ReadonlyArray<Omit<Choice, "routed"> & { readonly routed?: StridedIds }>
}

export type RequestPart = Omit<TraceRequest, "benchmark" | "subject" | "language" | "source">

type Answer = Shaped["choices"][number] & { readonly routed: StridedIds }

const leaveOut = "leave the record out with --skip-bad"

const noRouting = (choice: Choice, { usage }: Shaped): ContentFault => {
  const { fault, finish, place } = choice
  if (fault !== undefined) return fault
  if (finish === "abort" || finish === "aborted")
    return new ContentFault("WrongShape", place, "the request was aborted before any routing was returned", leaveOut)
  if (finish === null)
    return new ContentFault(
      "Truncated",
      place,
      "the stream ends before its last part, which holds the routing",
      leaveOut
    )
  const tokens = usage.completionTokens === undefined ? "" : `, though ${usage.completionTokens} tokens were made`
  return new ContentFault(
    "WrongShape",
    place,
    `the choice has no routed_experts${tokens}`,
    `either the request did not ask for them and the engine returns none by itself, or what stored the response dropped the field; ${leaveOut}`
  )
}

const lengthsOf = ({ usage, promptListed, choices, engine }: Shaped, complete: boolean): Lengths => {
  const prompt = usage.promptTokens ?? promptListed
  const cached = usage.cachedTokens ?? 0
  return {
    ...(prompt === undefined ? {} : { prompt }),
    // Of several choices some engines add up the cached tokens, so that they say nothing of one prompt.
    ...(prompt !== undefined && cached > prompt && choices.length > 1
      ? {}
      : { cached: Math.min(cached, prompt ?? cached) }),
    ...(usage.completionTokens === undefined ? {} : { made: usage.completionTokens }),
    answerAlone: engine.answerAlone,
    complete
  }
}

const rowsOf = ({ routed, made, start }: Answer, response: Shaped, apart: boolean): ChoiceRows => {
  // Where the prompt's rows are apart, it is these that a start is of.
  const from = apart ? undefined : (start ?? response.start)
  return {
    rows: routed.tokens,
    blank: blankTail(routed),
    ...(made === undefined ? {} : { made }),
    ...(from === undefined ? {} : { start: from })
  }
}

const misfit = (response: Shaped, answers: ReadonlyArray<Answer>, lengths: Lengths): ContentFault => {
  const rows = answers.map(({ routed }) => routed.tokens).join(" and ")
  const { prompt, made, cached = 0 } = lengths
  const said = [
    `${prompt ?? "?"} prompt`,
    ...(cached > 0 ? [`(${cached} of them cached)`] : []),
    `and ${made ?? "?"} generated tokens`
  ].join(" ")
  const listed = answers.some((each) => each.made !== undefined) ? ", and tokens are listed" : ""
  const start = answers[0]!.start ?? response.start
  const single = answers.length === 1 && prompt !== undefined && made !== undefined
  const expected = single ? rowsExpected(lengths, start) : ""
  const last = single ? prompt + made - 1 - answers[0]!.routed.tokens : 0
  const { startField } = response.engine
  const where = last > 0 && last <= (prompt ?? 0) ? `: ${last} if they are the last ones` : ""
  const add = startField === undefined ? "" : ` (add "${startField}"${where})`
  return new ContentFault(
    "WrongShape",
    answers[0]!.place,
    `rows of ${rows} tokens, where the lengths say ${said}${listed}${start ? `, from token ${start} on` : ""}${expected === "" ? "" : `; ${expected}`}`,
    `the rows may begin at a token that the file does not tell${add}, or the lengths may be of another response; ${leaveOut}`
  )
}

/** Where the response does not say enough: the prompt first where its length is known, else one phase for all. */
const assumed = (
  response: Shaped,
  answers: ReadonlyArray<Answer>,
  { prompt, made }: Lengths,
  { phase, promptTokens }: DecodeOptions
): { readonly split: Split; readonly remarks: ReadonlyArray<Remark> } | undefined => {
  if (made !== undefined || answers.some((answer) => answer.made !== undefined)) return undefined
  if (response.cut === true && prompt === undefined)
    throw new ContentFault(
      "Truncated",
      response.place,
      "the stream ends before its last parts, which tell its lengths",
      `the file was cut, or whoever wrote it stopped early; ${leaveOut}`
    )
  const rows = answers.map(({ routed }) => routed.tokens)
  if (prompt === undefined && promptTokens !== undefined && rows.every((each) => each >= promptTokens))
    return { split: { from: 0, front: rows.map(() => promptTokens), run: rows }, remarks: [] }
  if (prompt !== undefined) {
    if (rows.some((each) => each < prompt - 1)) return undefined
    const what =
      "the file does not say how many tokens were made: rows after those of the prompt are taken for decode tokens"
    return {
      split: { from: 0, front: rows.map((each) => Math.min(each, prompt)), run: rows },
      remarks: [{ kind: "note", what }]
    }
  }
  const front = rows.map((each) => (phase === "prefill" ? each : 0))
  const what =
    "the file says neither how long the prompt is nor how many tokens were made: all tokens are taken for decode tokens (--phase prefill takes them for a prompt, --prompt-tokens N the first N of them)"
  return { split: { from: 0, front, run: rows }, remarks: phase === undefined ? [{ kind: "note", what }] : [] }
}

const join = (
  parts: ReadonlyArray<{ readonly ids: Uint16Array; readonly tokens: number }>,
  model: Model
): Uint16Array => {
  if (parts.length === 1) return parts[0]!.ids.slice()
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

const notes = {
  rest: "a last row without routing, of the token that was not run any more, is left out as padding",
  tail: "the last rows hold no routing though their tokens were run: they are not recorded",
  present:
    "rows of prompt tokens that came from the engine's cache are in the file: they are kept, and not counted again",
  absent: "rows of prompt tokens that came from the engine's cache are not in the file",
  before: "rows of the first prompt tokens are not in the file: the request asked for later ones",
  answer: "the rows of the prompt are not in the file",
  listed: "the length of the prompt is not in the file: it is taken from the rows and the tokens made"
} as const

/** Rows of one choice, once it is known which they are. */
interface Part {
  readonly source: StridedIds
  readonly front: number
  readonly run: number
}

/** One request from the rows of the prompt, if they are apart, and those of a choice. `from` is the first token with a row. */
const requestOf = (
  prompt: StridedIds | undefined,
  { source, front, run }: Part,
  {
    from,
    cached,
    remarks
  }: { readonly from: number; readonly cached: number; readonly remarks: ReadonlyArray<Remark> },
  model: Model
): RequestPart => {
  const told = [...remarks]
  const tell = (key: keyof typeof notes, kind: Remark["kind"] = "note") => void told.push({ kind, what: notes[key] })
  const apart = prompt?.tokens ?? 0
  const prefillTokens = apart + front
  const decodeTokens = run - front
  if (run < source.tokens) tell("rest")
  // Of the first rows, those of tokens from the cache: holes, or computed for an earlier request.
  const served = Math.max(0, Math.min(cached - from, prefillTokens))
  const first = apart > 0 ? prompt! : source
  const inFirst = Math.min(served, first.tokens)
  const holes = blankHead(first, inFirst) === inFirst
  if (served > 0 && !holes) tell("present")
  if (from > 0) tell(prefillTokens === 0 ? "answer" : cached >= from ? "absent" : "before")
  const kept: StridedIds = { ...source, tokens: run }
  const blank = run > front ? Math.min(blankTail(kept), decodeTokens) : 0
  const padding = blank > 0 && !areHoles(kept, run - blank, run) ? blank : 0
  if (padding > 0) tell("tail", "warning")
  const ranges: Array<readonly [number, number]> = [[run - padding, run]]
  if (holes && apart === 0) ranges.push([0, inFirst])
  const parts = [
    ...(apart === 0
      ? []
      : [{ ids: layerMajor(holes ? withHoles(prompt!, [[0, inFirst]]) : prompt!, model), tokens: apart }]),
    ...(run === 0 ? [] : [{ ids: layerMajor(withHoles(kept, ranges), model), tokens: run }])
  ]
  const missing = holes ? served : 0
  const runs: ReadonlyArray<TokenRun> = [
    { tokens: missing, phase: "prefill" as const, missing: "cache" as const },
    { tokens: prefillTokens - missing, phase: "prefill" as const },
    { tokens: decodeTokens - padding, phase: "decode" as const },
    { tokens: padding, phase: "decode" as const, missing: "padding" as const }
  ].filter(({ tokens }) => tokens > 0)
  return {
    prefillTokens,
    decodeTokens,
    ids: join(parts, model),
    ...(missing + padding > 0 ? { runs } : {}),
    ...(cached > 0 ? { cachedTokens: cached } : {}),
    ...(served > 0 && !holes ? { repeatedTokens: served } : {}),
    ...(told.length > 0 ? { remarks: told } : {})
  }
}

const checkPrompt = (response: Shaped, { prompt, cached = 0 }: Lengths): number => {
  const rows = response.prompt!.tokens
  const from = [0, response.start ?? 0, cached].find((start) => prompt === undefined || rows === prompt - start)
  if (from !== undefined) return from
  throw new ContentFault(
    "WrongShape",
    response.place,
    `prompt_routed_experts has rows of ${rows} tokens, where usage says ${prompt} prompt tokens${cached > 0 ? `, ${cached} of them cached` : ""}`,
    `the rows may begin at a token that the file does not tell, or usage may be of another response; ${leaveOut}`
  )
}

/** A choice without rows beside a prompt with rows: the only token made was not run any more. */
const withoutRows = (response: Shaped): ReadonlyArray<Shaped["choices"][number]> => {
  const { prompt, choices, usage } = response
  const each = (usage.completionTokens ?? Infinity) / choices.length
  if (prompt === undefined || prompt.tokens === 0) return choices
  return choices.map((choice) =>
    choice.routed === undefined && choice.fault === undefined && (choice.made ?? each) <= 1
      ? { ...choice, routed: { ...prompt, values: new Int32Array(0), tokens: 0 } }
      : choice
  )
}

/**
 * One request for each choice of a response; in place of one that cannot be used, what is wrong with it. `group` is what
 * choices of one prompt share. Throws `ContentFault` where nothing of the response can be used.
 */
export const requestsOf = (
  response: Shaped,
  model: Model,
  group: string,
  options: DecodeOptions
): ReadonlyArray<RequestPart | ContentFault> => {
  if (response.failure !== undefined)
    throw new ContentFault(
      "WrongShape",
      response.place,
      `the engine answered with an error: ${response.failure}`,
      leaveOut
    )
  if (response.choices.length === 0)
    throw new ContentFault("WrongShape", response.place, "the response has no choices", leaveOut)
  const choices = withoutRows(response)
  const answers = choices.filter((choice): choice is Answer => choice.routed !== undefined)
  const bad = choices.filter((choice) => choice.routed === undefined).map((choice) => noRouting(choice, response))
  if (answers.length === 0) return bad
  const lengths = lengthsOf(response, bad.length === 0)
  const apart = response.prompt !== undefined && response.prompt.tokens > 0
  const from = apart ? checkPrompt(response, lengths) : 0
  const rows = answers.map((answer) => rowsOf(answer, response, apart))
  const told = apart ? { ...lengths, prompt: 0, cached: 0 } : lengths
  const fit = splitRows(rows, told)
  const guess = fit === undefined ? assumed(response, answers, told, options) : undefined
  const split = fit ?? guess?.split
  if (split === undefined) throw misfit(response, answers, lengths)
  const remarks: ReadonlyArray<Remark> =
    guess?.remarks ?? (lengths.prompt === undefined && !apart ? [{ kind: "note", what: notes.listed }] : [])
  const shared = choices.length > 1 ? { group } : {}
  const found = answers.map((answer, i): RequestPart | ContentFault => {
    const part = { source: answer.routed, front: split.front[i]!, run: split.run[i]! }
    const place = { from: apart ? from : split.from, cached: lengths.cached ?? 0, remarks }
    if (part.run + (apart ? response.prompt.tokens : 0) === 0)
      return new ContentFault("WrongShape", answer.place, "holds no token", leaveOut)
    try {
      return { ...requestOf(apart ? response.prompt : undefined, part, place, model), ...shared }
    } catch (cause) {
      if (cause instanceof ContentFault) return cause
      throw cause
    }
  })
  return [...found, ...bad]
}

/** The requests of a response: one for each choice, the prompt's rows in front, with what each token was. */
import type { Model } from "@moira/core"
import type { Remark } from "@moira/trace"
import { ContentFault } from "../../fault/content-fault.ts"
import type { DecodeOptions } from "../../source.ts"
import { blankTail } from "./blank-rows.ts"
import { type Known, type Part, type RequestPart, requestOf } from "./choice-request.ts"
import { checkPrompt, leaveOut, misfit, noRouting } from "./faults.ts"
import type { Answer, Shaped } from "./shaped.ts"
import { type ChoiceRows, type Lengths, type Split, splitRows } from "./split-rows.ts"

/** More tokens than any context has; what a store can hold. */
const mostTokens = 2 ** 31 - 1

const lengthsOf = ({ usage, promptListed, choices, engine, place }: Shaped, complete: boolean): Lengths => {
  const prompt = usage.promptTokens ?? promptListed
  const cached = usage.cachedTokens ?? 0
  if (cached > mostTokens)
    throw new ContentFault(
      "OutOfRange",
      place,
      `${cached} cached tokens, where a prompt has ${mostTokens} at most`,
      `usage may be damaged, or count another thing than tokens; ${leaveOut}`
    )
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

const listed = "the length of the prompt is not in the file: it is taken from the rows and the tokens made"

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

/** What came of one choice. */
export interface Outcome {
  readonly index: number
  readonly request: RequestPart | ContentFault
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
): ReadonlyArray<Outcome> => {
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
  if (answers.length === 0)
    return choices.map((choice) => ({ index: choice.index, request: noRouting(choice, response) }))
  const lengths = lengthsOf(response, answers.length === choices.length)
  const apart = response.prompt !== undefined && response.prompt.tokens > 0
  const from = apart ? checkPrompt(response, lengths) : 0
  const rows = answers.map((answer) => rowsOf(answer, response, apart))
  const told = apart ? { ...lengths, prompt: 0, cached: 0 } : lengths
  const fit = splitRows(rows, told)
  const guess = fit === undefined ? assumed(response, answers, told, options) : undefined
  const split = fit ?? guess?.split
  if (split === undefined) throw misfit(response, answers, lengths)
  const remarks: ReadonlyArray<Remark> =
    guess?.remarks ?? (lengths.prompt === undefined && !apart ? [{ kind: "note", what: listed }] : [])
  const shared = choices.length > 1 && split.ownPrompts !== true ? { group } : {}
  const made = new Map(
    answers.map((answer, i) => {
      const part = { source: answer.routed, front: split.front[i]!, run: split.run[i]! }
      const place = { from: apart ? from : split.from, cached: lengths.cached ?? 0, remarks }
      return [answer, orFault(() => ({ ...madeOf(response, answer, part, place, model), ...shared }))] as const
    })
  )
  return choices.map((choice) => ({
    index: choice.index,
    request: made.get(choice as Answer) ?? noRouting(choice, response)
  }))
}

/** What `make` makes, or what is wrong where it throws `ContentFault`. */
const orFault = <A>(make: () => A): A | ContentFault => {
  try {
    return make()
  } catch (cause) {
    if (cause instanceof ContentFault) return cause
    throw cause
  }
}

const madeOf = ({ prompt }: Shaped, { place }: Answer, part: Part, known: Known, model: Model): RequestPart => {
  const apart = prompt !== undefined && prompt.tokens > 0 ? prompt : undefined
  if (part.run + (apart?.tokens ?? 0) === 0) throw new ContentFault("WrongShape", place, "holds no token", leaveOut)
  return requestOf(apart, part, known, model)
}

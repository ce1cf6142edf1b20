/** What is wrong with responses that cannot be used: what was read, what was expected, the likeliest causes and what to try. */
import { ContentFault } from "../../fault/content-fault.ts"
import type { Choice } from "./response.ts"
import type { Answer, Shaped } from "./shaped.ts"
import { type Lengths, rowsExpected } from "./split-rows.ts"

export const leaveOut = "leave the record out with --skip-bad"

/** Of a choice without rows. */
export const noRouting = (choice: Choice, { usage }: Shaped): ContentFault => {
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

/** Of rows that fit no layout. */
export const misfit = (response: Shaped, answers: ReadonlyArray<Answer>, lengths: Lengths): ContentFault => {
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

/** Of prompt rows that are given apart; returns the first token that has one. Throws `ContentFault`. */
export const checkPrompt = (response: Shaped, { prompt, cached = 0 }: Lengths): number => {
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

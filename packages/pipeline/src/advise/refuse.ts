/** What `advise` cannot answer, each in one line with what would do. */
import { heldOutMask, heldOutMembers, type Split, sum } from "@moira/core/statistics"
import { type Phase, requestGroups, TraceStore } from "@moira/trace"
import { Effect } from "effect"
import { PlaceError } from "../place/traffic.ts"

/** Groups on each side, below which a split says nothing. */
const fewestASide = 2

const tooFew = (where: string, what: string, hint: string) =>
  new PlaceError({ reason: "TooFewGroups", where, what, hint })

const tooFewRequests = (where: string, placing: number, judging: number, related: boolean): PlaceError => {
  const of = related
    ? ` independent group${placing === 1 ? "" : "s"} of requests`
    : ` request${placing === 1 ? "" : "s"}`
  return tooFew(
    where,
    `too few groups: ${placing}${of} ${placing === 1 ? "places" : "place"} and ${judging} ${judging === 1 ? "judges" : "judge"}`,
    `give a trace of at least ${2 * fewestASide} ${related ? "conversations or prompts that have nothing in common" : "requests"}, better 16, or other traffic to judge on with --score`
  )
}

/** Counts that nothing but themselves could judge. */
export const nothingJudges = (where: string): PlaceError =>
  tooFew(
    where,
    "too few groups: one recording cannot both place and judge",
    "name another recording with --score, or record at least 16 steps"
  )

const noDecodeTokens = (where: string): PlaceError =>
  new PlaceError({
    reason: "NoCounts",
    where,
    what: "no decode tokens to judge on",
    hint: "record decode steps, or judge prompts with --judge prefill"
  })

/** Fails where the provided trace has too few requests, or nothing to judge on. */
export const refuseTrace = Effect.fn("pipeline.refuseTrace")(function* (
  where: string,
  judge: Phase,
  split: Split
): Effect.fn.Return<void, PlaceError, TraceStore> {
  const { requests } = yield* TraceStore
  const groups = requestGroups(requests)
  const heldOut = heldOutMembers(groups, split)
  if (judge === "decode" && !requests.some((row, r) => heldOut[r] === 1 && row.decodeTokens > 0))
    return yield* noDecodeTokens(where)
  const judging = sum(heldOutMask(groups.count, split))
  const placing = groups.count - judging
  if (Math.min(placing, judging) < fewestASide)
    return yield* tooFewRequests(where, placing, judging, groups.count < requests.length)
})

export const oneUnit = (where: string): PlaceError =>
  new PlaceError({
    reason: "BadOption",
    where,
    what: "one unit holds every expert: there is nothing to balance",
    hint: "give --units 2 or more"
  })

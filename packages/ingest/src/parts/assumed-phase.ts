/** What readers do and say where a file does not tell the phase of its tokens. */
import type { Remark } from "@moira/trace"
import type { AssumedPhase } from "../source.ts"

/** What a reader assumes, and how a user says otherwise; `why` is a clause such as `the file does not say phases`. */
export const assumedPhase = (why: string, phase: AssumedPhase): Remark => ({
  kind: "note",
  what: `${why}: all tokens were taken as ${phase} (--phase ${phase === "prefill" ? "decode" : "prefill"} changes it)`
})

/** Tokens that are all of one phase. */
export const tokensOfPhase = (
  tokens: number,
  phase: AssumedPhase
): { readonly prefillTokens: number; readonly decodeTokens: number } =>
  phase === "prefill" ? { prefillTokens: tokens, decodeTokens: 0 } : { prefillTokens: 0, decodeTokens: tokens }

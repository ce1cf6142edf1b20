/** What the tokens of a request were to the engine: runs of one phase, recorded or not, as values and as text. */

/** Drafted tokens were proposed by speculative decoding: verified ones became output, rejected ones were computed in vain. */
export type TokenPhase = "prefill" | "decode" | "verified" | "rejected"

/** Why the experts of a token are not known. */
export type MissingReason = "cache" | "padding" | "uncaptured" | "aborted"

/** Consecutive tokens of one kind. */
export interface TokenRun {
  readonly tokens: number
  readonly phase: TokenPhase
  /** Left out where the tokens were recorded. */
  readonly missing?: MissingReason
}

const phaseLetters: Readonly<Record<TokenPhase, string>> = { prefill: "p", decode: "d", verified: "v", rejected: "r" }
const reasonLetters: Readonly<Record<MissingReason, string>> = {
  cache: "c",
  padding: "0",
  uncaptured: "u",
  aborted: "a"
}

const phaseOf = new Map(Object.entries(phaseLetters).map(([phase, letter]) => [letter, phase as TokenPhase]))
const reasonOf = new Map(Object.entries(reasonLetters).map(([reason, letter]) => [letter, reason as MissingReason]))

/** Recorded prompt tokens, then recorded decode tokens: what most requests are. */
export const plainRuns = (prefillTokens: number, decodeTokens: number): ReadonlyArray<TokenRun> =>
  [
    { tokens: prefillTokens, phase: "prefill" },
    { tokens: decodeTokens, phase: "decode" }
  ].filter(({ tokens }) => tokens > 0) as ReadonlyArray<TokenRun>

/** The same runs with neighbours of one kind joined and empty ones left out. */
export const joinRuns = (runs: ReadonlyArray<TokenRun>): ReadonlyArray<TokenRun> => {
  const joined: Array<{ -readonly [K in keyof TokenRun]: TokenRun[K] }> = []
  for (const run of runs) {
    const last = joined.at(-1)
    if (run.tokens === 0) continue
    if (last !== undefined && last.phase === run.phase && last.missing === run.missing) last.tokens += run.tokens
    else joined.push({ ...run })
  }
  return joined
}

/** Without the first `tokens` tokens. */
export const dropTokens = (runs: ReadonlyArray<TokenRun>, tokens: number): ReadonlyArray<TokenRun> => {
  let left = tokens
  return runs.flatMap((run) => {
    const cut = Math.min(left, run.tokens)
    left -= cut
    return cut === run.tokens ? [] : [{ ...run, tokens: run.tokens - cut }]
  })
}

/** The runs without the decode tokens that `left` names by 1, counted from the first decode token. */
export const keepDecode = (runs: ReadonlyArray<TokenRun>, left: Uint8Array): ReadonlyArray<TokenRun> => {
  let at = 0
  return joinRuns(
    runs.map((run) => {
      if (run.phase === "prefill") return run
      let tokens = 0
      for (const end = at + run.tokens; at < end; at++) tokens += 1 - left[at]!
      return { ...run, tokens }
    })
  )
}

/** Text of runs, such as `p35/c,p5,d9`: letter of the phase, tokens, letter of the reason; empty for plain runs. */
export const encodeRuns = (runs: ReadonlyArray<TokenRun>): string => {
  const joined = joinRuns(runs)
  const isPlain =
    joined.every(({ phase, missing }) => missing === undefined && (phase === "prefill" || phase === "decode")) &&
    joined.length <= 2 &&
    !(joined[0]?.phase === "decode" && joined.length === 2)
  if (isPlain) return ""
  return joined
    .map(({ tokens, phase, missing }) => {
      const reason = missing === undefined ? "" : `/${reasonLetters[missing]}`
      return `${phaseLetters[phase]}${tokens}${reason}`
    })
    .join(",")
}

/** What the text of a request's runs stands for; undefined where it is no such text or does not add up to these tokens. */
export const decodeRuns = (
  text: string,
  prefillTokens: number,
  decodeTokens: number
): ReadonlyArray<TokenRun> | undefined => {
  if (text === "") return plainRuns(prefillTokens, decodeTokens)
  const runs: Array<TokenRun> = []
  let [prefill, decode] = [0, 0]
  for (const part of text.split(",")) {
    const found = /^([pdvr])([1-9]\d{0,9})(?:\/([c0ua]))?$/.exec(part)
    if (found === null) return undefined
    const [phase, tokens] = [phaseOf.get(found[1]!)!, Number(found[2])]
    // Prompt tokens come first: their rows lie before those of decode tokens.
    if (phase === "prefill" && decode > 0) return undefined
    if (phase === "prefill") prefill += tokens
    else decode += tokens
    runs.push(found[3] === undefined ? { tokens, phase } : { tokens, phase, missing: reasonOf.get(found[3])! })
  }
  return prefill === prefillTokens && decode === decodeTokens ? runs : undefined
}

/** Runs in which the tokens that `isMissing` names, and for which nobody gave a reason, are marked as not captured. */
export const markUncaptured = (runs: ReadonlyArray<TokenRun>, isMissing: Uint8Array): ReadonlyArray<TokenRun> => {
  const marked: Array<TokenRun> = []
  let at = 0
  for (const run of runs) {
    if (run.missing !== undefined) marked.push(run)
    else
      for (let token = at; token < at + run.tokens; token++) {
        const missing = isMissing[token] === 1 ? ({ missing: "uncaptured" } as const) : {}
        const last = marked.at(-1)
        if (last !== undefined && last.phase === run.phase && last.missing === missing.missing)
          marked[marked.length - 1] = { ...last, tokens: last.tokens + 1 }
        else marked.push({ tokens: 1, phase: run.phase, ...missing })
      }
    at += run.tokens
  }
  return joinRuns(marked)
}

/** How many tokens of `phase` (of the prompt, or all that decoding computed) the runs have in all, and not recorded. */
export const missingTokens = (runs: ReadonlyArray<TokenRun>, phase: "prefill" | "decode"): number =>
  runs.reduce(
    (sum, run) =>
      run.missing !== undefined && (run.phase === "prefill") === (phase === "prefill") ? sum + run.tokens : sum,
    0
  )

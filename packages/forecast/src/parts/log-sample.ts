/** The validation tokens that a log-linear combination is fitted to, as logarithms. */
import { logAdder } from "./fast-log.ts"
import type { ValidationScores } from "../predictor.ts"

/** Selections to fit to, about; but no fewer tokens than this where there are as many. */
const wantedSelections = 3000
const minTokens = 400
const maxTokens = 1500

export interface LogSample {
  readonly experts: number
  readonly tokens: number
  readonly members: number
  /** `logs[(token * members + member) * experts + expert]`. */
  readonly logs: Float32Array
  /** Selections of each token. */
  readonly selections: Float64Array
  /** `chosen[token * members + member]`: sum of the logs of what the token chose. */
  readonly chosen: Float64Array
}

/** Which tokens: how many, and at what distance. */
export interface SamplePlan {
  readonly tokens: number
  readonly every: number
}

/** Tokens at even distances. */
export const samplePlan = ({ tokens, start }: ValidationScores): SamplePlan => {
  const perToken = Math.max(1, start[tokens]! / Math.max(1, tokens))
  const wanted = Math.min(maxTokens, Math.max(minTokens, Math.ceil(wantedSelections / perToken)))
  const every = Math.max(1, Math.ceil(tokens / wanted))
  return { tokens: Math.ceil(tokens / every), every }
}

/** The logarithms of the planned tokens. */
export const sampleLogs = (
  { experts, scores, ids, start }: ValidationScores,
  { tokens: kept, every }: SamplePlan
): LogSample => {
  const members = scores.length
  const logs = new Float32Array(kept * members * experts)
  const selections = new Float64Array(kept)
  const chosen = new Float64Array(kept * members)
  const add = logAdder(experts)
  const row = new Float64Array(experts)
  const chances = new Float64Array(experts)
  for (let s = 0; s < kept; s++) {
    const t = s * every
    selections[s] = start[t + 1]! - start[t]!
    for (let m = 0; m < members; m++) {
      chances.set(scores[m]!.subarray(t * experts, (t + 1) * experts))
      add(chances, 1, row.fill(0))
      logs.set(row, (s * members + m) * experts)
      for (let i = start[t]!; i < start[t + 1]!; i++) chosen[s * members + m]! += row[ids[i]!]!
    }
  }
  return { experts, tokens: kept, members, logs, selections, chosen }
}

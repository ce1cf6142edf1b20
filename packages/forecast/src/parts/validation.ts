/** Scores of members on validation tokens, which combinations are fitted to. */
import { inKernelScope, scoreRows } from "../kernels/rows.ts"
import { decodeTokensOf, earlierIds, replay } from "./replay.ts"
import type { LayerForecaster, LayerRows, Predictor, ValidationScores } from "../predictor.ts"
import type { Tasks } from "../tasks.ts"

/** At most so many tokens of a layer, and so many scores in all: weights are few and need no more. */
const maxTokens = 2500
const maxScores = 6_000_000

export interface Member {
  readonly predictor: Predictor
  readonly forecaster: LayerForecaster
}

const replayed = (
  members: ReadonlyArray<Member>,
  experts: number,
  tasks: Tasks,
  validation: ReadonlyArray<LayerRows>
): ValidationScores => {
  const all = validation.reduce((sum, rows) => sum + decodeTokensOf(rows), 0)
  const wanted = Math.max(1, Math.min(maxTokens, Math.floor(maxScores / (experts * Math.max(1, members.length)))))
  const every = Math.max(1, Math.ceil(all / wanted))
  const tokens = Math.ceil(all / every)
  const topK = validation[0]?.current.topK ?? 1
  const ids = new Uint16Array(tokens * topK)
  const start = new Uint32Array(tokens + 1)
  const scores = members.map(() => new Float32Array(tokens * experts))
  const sessions = members.map(({ forecaster }) => forecaster.open(1))
  const buffer = scoreRows(1, experts, 0)[0]!
  const listener = {
    begin: (unit: number, task: number) => {
      for (const session of sessions) session.begin(unit, task)
    },
    observe: (unit: number, step: number, chosen: Uint16Array, from: number, to: number) => {
      for (const session of sessions) session.observe(unit, step, chosen, from, to)
    }
  }
  let seen = 0
  let kept = 0
  for (const rows of validation) {
    replay(rows, tasks, listener, (_rows, _request, step, from, to) => {
      if (seen++ % every !== 0) return
      sessions.forEach((session, m) => {
        const earlier = earlierIds(rows, members[m]!.predictor.lead)
        session.predict(0, step, buffer, earlier, Math.min(from, earlier.length), Math.min(to, earlier.length))
        scores[m]!.set(buffer, kept * experts)
      })
      let n = start[kept]!
      for (let i = from; i < to; i++) if (rows.current.ids[i]! < experts) ids[n++] = rows.current.ids[i]!
      start[++kept] = n
    })
  }
  return { experts, tokens, scores, ids, start }
}

/** Replays the validation requests and keeps the scores of decode tokens at even distances. */
export const validationScores = (...of: Parameters<typeof replayed>): ValidationScores =>
  inKernelScope(() => replayed(...of))

/** The scores of some of the members. */
export const ofMembers = (validation: ValidationScores, places: ReadonlyArray<number>): ValidationScores => ({
  ...validation,
  scores: places.map((place) => validation.scores[place]!)
})

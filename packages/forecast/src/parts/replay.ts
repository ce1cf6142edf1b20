/** Replays requests through the sessions of a layer, as they would have come. */
import type { LayerRows, Lead } from "../predictor.ts"
import type { Tasks } from "../tasks.ts"

/** What is replayed: the parts of a session, or of several that share what they see. */
export interface Listener {
  readonly begin: (unit: number, task: number) => void
  readonly observe: (unit: number, step: number, ids: Uint16Array, from: number, to: number) => void
}

/** A decode token that is to be forecast, before it is observed: `rows.current.ids[from]` to `[to]`. */
export type Visit = (rows: LayerRows, request: number, step: number, from: number, to: number) => void

/** Calls `visit` at every decode token of the requests in use, in order, as unit 0; a hot loop. */
export const replay = (rows: LayerRows, tasks: Tasks, listener: Listener, visit: Visit): void => {
  const { ids, offsets, prefillRows, topK, firstRequest } = rows.current
  for (const r of rows.use) {
    const request = firstRequest + r
    listener.begin(0, tasks.of[request]!)
    const first = offsets[r]! + prefillRows[r]!
    for (let t = offsets[r]!; t < offsets[r + 1]!; t++) {
      const from = t * topK
      if (t >= first) visit(rows, request, t - first, from, from + topK)
      listener.observe(0, t - first, ids, from, from + topK)
    }
  }
}

/** Decode tokens of the requests in use. */
export const decodeTokensOf = ({ current, use }: LayerRows): number =>
  use.reduce((sum, r) => sum + current.offsets[r + 1]! - current.offsets[r]! - current.prefillRows[r]!, 0)

const nothing = new Uint16Array(0)

/** What a predictor of a lead may see of the MoE layer before; nothing, as an empty range, where it may not. */
export const earlierIds = (rows: LayerRows, lead: Lead): Uint16Array =>
  lead === "layer" && rows.earlier !== undefined ? rows.earlier.ids : nothing

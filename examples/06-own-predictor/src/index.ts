/**
 * Key concept: a predictor is trained layer by layer as a fold, and then scores every expert for a unit's next step.
 *
 * [1] what it may know: of lead `token`, all earlier tokens and nothing of this one.
 * [2] training: counts of each expert; any ranges of requests, merged in any order, give the same table.
 * [3] a session: one memory a unit. `observe` and `predict` are hot and allocate nothing.
 */
import { type LayerFold, type Predictor } from "@moira/forecast"

/** Popularity of the training requests, and twice the weight for what the unit chose in its last step. */
const predictor: Predictor = {
  contract: "forecast/v1",
  id: "own-predictor",
  title: "Own predictor",
  description: "training popularity, doubled for the experts of the last step",
  lead: "token", // [1]
  probabilities: true,
  train: ({ experts }): LayerFold<Float64Array> => ({
    empty: () => new Float64Array(experts),
    // [2]
    add: (counts, { current, use }) => {
      for (const request of use) {
        const [from, to] = [current.offsets[request]!, current.offsets[request + 1]!]
        for (let i = from * current.topK; i < to * current.topK; i++) {
          const id = current.ids[i]!
          if (id < experts) counts[id]!++
        }
      }
    },
    merge: (into, from) => from.forEach((count, expert) => (into[expert]! += count)),
    finish: (counts) => ({
      cost: { tableBytes: 2 * experts, unitBytes: experts, operations: experts },
      // [3]
      open: (units) => {
        const last = new Uint8Array(units * experts)
        return {
          begin: (unit) => void last.fill(0, unit * experts, (unit + 1) * experts),
          observe: (unit, _step, ids, from, to) => {
            last.fill(0, unit * experts, (unit + 1) * experts)
            for (let i = from; i < to; i++) if (ids[i]! < experts) last[unit * experts + ids[i]!] = 1
          },
          predict: (unit, _step, scores) => {
            let total = 0
            for (let e = 0; e < experts; e++) {
              scores[e] = (1 + counts[e]!) * (1 + last[unit * experts + e]!)
              total += scores[e]!
            }
            for (let e = 0; e < experts; e++) scores[e]! /= total
          }
        }
      }
    })
  })
}

export default predictor

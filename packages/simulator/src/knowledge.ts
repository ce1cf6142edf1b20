/** What a batch's prompts tell before its first decode step: expert frequencies, and which expert follows which. */
import { Effect } from "effect"
import type { Knowledge } from "@moira/placement"
import { type LayerSelections, type Model, Progress, TraceStore } from "@moira/trace"

/** Candidates kept of each heatmap row: the study's predictor takes "the top n"; its table marks any number of them. */
export const defaultCandidates = 16

/** No prompt was recorded, or nobody asks: predicts nothing. */
export const noKnowledge = (model: Model, layers: number, candidates = defaultCandidates): Knowledge => ({
  candidates,
  prefillCounts: Array.from({ length: layers }, () => new Uint32Array(model.experts)),
  crossToken: Array.from({ length: layers }, () => new Uint16Array(model.experts * candidates).fill(0xffff))
})

/** Adds a layer's prompt tokens to frequencies and to `joint[i * experts + j]`: j right after i. Hot; no allocation. */
const addLayer = (selections: LayerSelections, experts: number, counts: Uint32Array, joint: Uint32Array): void => {
  const { ids, offsets, topK, requests } = selections
  for (let r = 0; r < requests; r++) {
    for (let t = offsets[r]!; t < offsets[r + 1]!; t++) {
      for (let k = t * topK; k < (t + 1) * topK; k++) {
        const i = ids[k]!
        if (i >= experts) continue
        counts[i]!++
        if (t + 1 === offsets[r + 1]) continue
        for (let m = (t + 1) * topK; m < (t + 2) * topK; m++) if (ids[m]! < experts) joint[i * experts + ids[m]!]!++
      }
    }
  }
}

/** The most frequent followers of each expert, best first (ties: lower id); 0xffff after the last one ever seen. */
const topFollowers = (joint: Uint32Array, experts: number, candidates: number): Uint16Array => {
  const top = new Uint16Array(experts * candidates).fill(0xffff)
  for (let i = 0; i < experts; i++) {
    const row = joint.subarray(i * experts, (i + 1) * experts)
    const seen = [...row.keys()].filter((j) => row[j]! > 0).toSorted((a, b) => row[b]! - row[a]! || a - b)
    top.set(seen.slice(0, candidates), i * candidates)
  }
  return top
}

const shared = <A extends Uint16Array | Uint32Array>(values: A, make: (buffer: SharedArrayBuffer) => A): A => {
  const copy = make(new SharedArrayBuffer(values.byteLength))
  copy.set(values)
  return copy
}

/** Reads the prompts of the first requests of the provided trace, layer by layer, into memory that threads share. */
export const loadKnowledge = Effect.fn("simulator.loadKnowledge")(function* (options: {
  readonly requests: number
  readonly candidates?: number
}) {
  const store = yield* TraceStore
  const report = yield* Progress
  const { model, layers } = store.manifest
  const { experts } = model
  const to = Math.min(options.requests, store.requests.length)
  const candidates = options.candidates ?? defaultCandidates
  const prefillCounts: Array<Uint32Array> = []
  const crossToken: Array<Uint16Array> = []
  for (const [layerIndex, layer] of layers.entries()) {
    const counts = new Uint32Array(experts)
    const joint = new Uint32Array(experts * experts)
    addLayer(yield* store.read({ layer, from: 0, to, phase: "prefill" }), experts, counts, joint)
    prefillCounts.push(shared<Uint32Array>(counts, (buffer) => new Uint32Array(buffer)))
    crossToken.push(shared<Uint16Array>(topFollowers(joint, experts, candidates), (buffer) => new Uint16Array(buffer)))
    report({ stage: "read prompts", done: layerIndex + 1, total: layers.length, unit: "layers" })
    yield* Effect.yieldNow
  }
  return { prefillCounts, candidates, crossToken } satisfies Knowledge
})

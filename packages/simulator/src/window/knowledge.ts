/** What a batch's prompts tell before its first decode step: expert frequencies, and which expert follows which. */
import { Effect } from "effect"
import type { Knowledge, ResidencyPolicy } from "@moira/allocation"
import { type LayerSelections, TraceStore } from "@moira/trace"
import { type Model, Progress, sharedBytes } from "@moira/core"
import { countingKernels, hasHoles } from "@moira/trace/kernels"

/** Candidates kept of each heatmap row where no residency policy reads more. */
const defaultCandidates = 16

/** Candidates of each row that all of some residency policies find enough. */
export const candidatesFor = (policies: Iterable<Pick<ResidencyPolicy, "candidates">>): number =>
  Array.from(policies).reduce((most, { candidates = 0 }) => Math.max(most, candidates), defaultCandidates)

/** No prompt was recorded, or nobody asks: predicts nothing. */
export const noKnowledge = (model: Model, layers: number, candidates = defaultCandidates): Knowledge => ({
  candidates,
  prefillCounts: Array.from({ length: layers }, () => new Uint32Array(model.experts)),
  crossToken: Array.from({ length: layers }, () => new Uint16Array(model.experts * candidates).fill(0xffff))
})

/** Adds a layer's prompt tokens to frequencies and to `joint[i * experts + j]`: j right after i in one request. */
const addLayer = (selections: LayerSelections, counts: Uint32Array, joint: Uint32Array): void => {
  const { ids, offsets, topK, experts, requests } = selections
  for (let i = 0; i < ids.length; i++) if (ids[i]! < experts) counts[ids[i]!]!++
  const runs: Array<number> = []
  for (let r = 0; r < requests; r++) {
    const steps = offsets[r + 1]! - offsets[r]! - 1
    if (steps > 0) runs.push(offsets[r]!, offsets[r]! + 1, steps, 0)
  }
  const shape = { topK, experts, holes: hasHoles(ids, experts) }
  countingKernels().joint(ids, ids, shape, Uint32Array.from(runs), [joint])
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

const shared = <A extends Uint16Array | Uint32Array>(
  values: A,
  make: (buffer: ReturnType<typeof sharedBytes>) => A
): A => {
  const copy = make(sharedBytes(values.byteLength))
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
    addLayer(yield* store.read({ layer, from: 0, to, phase: "prefill" }), counts, joint)
    prefillCounts.push(shared<Uint32Array>(counts, (buffer) => new Uint32Array(buffer)))
    crossToken.push(shared<Uint16Array>(topFollowers(joint, experts, candidates), (buffer) => new Uint16Array(buffer)))
    report({ stage: "read prompts", done: layerIndex + 1, total: layers.length, unit: "layers" })
    yield* Effect.yieldNow
  }
  return { prefillCounts, candidates, crossToken } satisfies Knowledge
})

/** The steps whose relation is studied, as pairs of rows: a token to the next MoE layer, or to the next token. */
import type { LayerChunk, LayerSelections, Phase } from "@moira/trace"
import { chunkHasHoles, countingKernels } from "@moira/trace/kernels"

/**
 * Steps of some requests. A step leads from row t of `from` to row `t + shift` of `to`: with shift 0 the same token at
 * the next layer, with shift 1 the next token of the same request at the same layer.
 */
export interface Steps {
  readonly from: Uint16Array
  readonly to: Uint16Array
  readonly shift: 0 | 1
  readonly rows: LayerSelections
  readonly holes: boolean
}

/** Which steps of a request: inside prefill, inside decode, or the one from the last prompt token to the first decoded. */
export type Part = "prefill" | "decode" | "between"

const parts: Readonly<Record<Phase, ReadonlyArray<Part>>> = {
  prefill: ["prefill"],
  decode: ["decode"],
  both: ["prefill", "decode", "between"]
}

/** Ob1: each token's step from this MoE layer to the next; none at the last layer. */
export const layerSteps = ({ current, next }: Pick<LayerChunk, "current" | "next">): Steps | undefined =>
  next && {
    from: current.ids,
    to: next.ids,
    shift: 0,
    rows: current,
    holes: chunkHasHoles(current) || chunkHasHoles(next)
  }

/** Ob2: each token's step to the next token of its request, prefill and decode being one sequence. */
export const tokenSteps = ({ current }: Pick<LayerChunk, "current">): Steps => ({
  from: current.ids,
  to: current.ids,
  shift: 1,
  rows: current,
  holes: chunkHasHoles(current)
})

/** Steps of one part of request `r`, of which the first starts at row {@link firstStep}. */
const stepCount = ({ rows, shift }: Steps, r: number, part: Part): number => {
  const prefill = rows.prefillRows[r]!
  const decode = rows.offsets[r + 1]! - rows.offsets[r]! - prefill
  if (part === "between") return shift === 1 && prefill > 0 && decode > 0 ? 1 : 0
  return Math.max(0, (part === "prefill" ? prefill : decode) - shift)
}

const firstStep = ({ rows }: Steps, r: number, part: Part): number =>
  rows.offsets[r]! + (part === "prefill" ? 0 : rows.prefillRows[r]! - (part === "between" ? 1 : 0))

/** Runs of some parts of requests, for counting kernels. */
export type Runs = Array<number>

/** Adds a run for one part of each request that `wanted` admits (by request number in the trace), counting into `into`. */
export const addRuns = (
  runs: Runs,
  steps: Steps,
  part: Part,
  into: number,
  wanted?: (request: number) => boolean
): void => {
  const { shift, rows } = steps
  for (let r = 0; r < rows.requests; r++) {
    const count = stepCount(steps, r, part)
    if (count === 0 || (wanted !== undefined && !wanted(rows.firstRequest + r))) continue
    const first = firstStep(steps, r, part)
    runs.push(first, first + shift, count, into)
  }
}

/** Counts runs of steps into matrices. */
const countRuns = ({ from, to, rows, holes }: Steps, runs: Runs, into: ReadonlyArray<Uint32Array>): void =>
  countingKernels().joint(from, to, { topK: rows.topK, experts: rows.experts, holes }, Uint32Array.from(runs), into)

/** Adds the joint counts of one part of all requests. */
export const addPart = (steps: Steps, part: Part, into: Uint32Array): void => {
  const runs: Runs = []
  addRuns(runs, steps, part, 0)
  countRuns(steps, runs, [into])
}

const addPhase = (steps: Steps, phase: Phase): Uint32Array => {
  const into = new Uint32Array(steps.rows.experts ** 2)
  for (const part of parts[phase]) addPart(steps, part, into)
  return into
}

/** Joint counts `[i * experts + j]` of expert i at `current` and j at `next`, for the same token. */
export const crossLayerCounts = (current: LayerSelections, next: LayerSelections, phase: Phase = "both"): Uint32Array =>
  addPhase(layerSteps({ current, next })!, phase)

/**
 * Joint counts `[i * experts + j]` of expert i at a token and j at the next token of the same request. With one phase,
 * both tokens lie in it; with both, the step from the last prompt token to the first decoded one counts as well.
 */
export const crossTokenCounts = (current: LayerSelections, phase: Phase = "both"): Uint32Array =>
  addPhase(tokenSteps({ current }), phase)

/** Log-linear fits in WebAssembly (sources: `assembly/slope.as`, `log-linear.as`): the same sums in the same order. */
import { logTable } from "../parts/fast-log.ts"
import type { SamplePlan } from "../parts/log-sample.ts"
import type { SlopeAt } from "../plain/log-linear.ts"
import type { ValidationScores } from "../predictor.ts"
import { type KernelMemory, kernelMemory } from "./memory.ts"
import { rowBytes } from "./rows.ts"

/** `Fit` of `assembly/slope.as`, in bytes. */
const fitBytes = 68

interface Shape {
  readonly experts: number
  readonly members: number
  readonly tokens: number
}

/** Where everything lies, and what all of it takes; `from` is a multiple of 16. */
const layoutAt = (from: number, { experts, members, tokens }: Shape) => {
  let end = from
  const take = (bytes: number): number => {
    const at = end
    end += 16 * Math.ceil(bytes / 16)
    return at
  }
  const row = rowBytes(experts)
  const perMember = 64 * Math.ceil(members / 8)
  const places = {
    fit: take(fitBytes),
    logs: take((row / 2) * members * tokens),
    weights: take(8 * members),
    chosen: take(8 * members * tokens),
    selections: take(8 * tokens),
    shares: take(row),
    scratch: take(row),
    means: take(perMember),
    products: take(perMember),
    zeros: take(row / 2),
    tops: take(16 * tokens),
    gradient: take(8 * members),
    curvature: take(8 * members * members),
    chances: take(row / 2),
    wide: take(row),
    table: take(8 * logTable.length)
  }
  return { ...places, bytes: end - from }
}

type Layout = ReturnType<typeof layoutAt>

/** Writes the logs of the planned tokens, and what they chose; a hot loop. */
const writeSample = (
  { f64, f32, call }: KernelMemory,
  { experts, scores, ids, start }: ValidationScores,
  { tokens, every }: SamplePlan,
  at: Layout
): void => {
  const members = scores.length
  f64.set(logTable, at.table / 8)
  for (let s = 0; s < tokens; s++) {
    const t = s * every
    f64[at.selections / 8 + s] = start[t + 1]! - start[t]!
    for (let m = 0; m < members; m++) {
      const place = s * members + m
      f32.set(scores[m]!.subarray(t * experts, (t + 1) * experts), at.chances / 4)
      call.sampleRow(at.chances, at.wide, at.scratch, at.logs + (place * rowBytes(experts)) / 2, experts, at.table)
      for (let i = start[t]!; i < start[t + 1]!; i++) f64[at.chosen / 8 + place]! += f64[at.scratch / 8 + ids[i]!]!
    }
  }
}

/** Sums by the kernel over a sample that has been written; what is the engine's own logarithm is taken here. */
const sumsAt = ({ f64, call }: KernelMemory, { members, tokens }: Shape, at: Layout): SlopeAt => {
  const view = (from: number, length: number) => f64.subarray(from / 8, from / 8 + length)
  const [gradient, curvature] = [view(at.gradient, members), view(at.curvature, members * members)]
  const [chosen, selections, tops] = [
    view(at.chosen, members * tokens),
    view(at.selections, tokens),
    view(at.tops, 2 * tokens)
  ]
  return (weights) => {
    f64.set(weights, at.weights / 8)
    gradient.fill(0)
    curvature.fill(0)
    call.slopeSums(at.fit)
    let value = 0
    for (let t = 0; t < tokens; t++) {
      let own = 0
      for (let m = 0; m < members; m++) own += weights[m]! * chosen[t * members + m]!
      value += own - selections[t]! * (tops[2 * t]! + Math.log(tops[2 * t + 1]!))
    }
    return { value, gradient: gradient.slice(), curvature: curvature.slice() }
  }
}

/**
 * Runs `use` with the sums over the planned tokens, whose logs lie in the memory of the kernels meanwhile; undefined where there
 * is none.
 */
export const withKernelSums = <A>(
  validation: ValidationScores,
  plan: SamplePlan,
  every: number,
  use: (sums: SlopeAt) => A
): A | undefined => {
  const memory = kernelMemory()
  const { experts } = validation
  const shape = { experts, members: validation.scores.length, tokens: plan.tokens }
  return memory?.borrow(layoutAt(0, shape).bytes, (from) => {
    const at = layoutAt(from, shape)
    const { logs, weights, chosen, selections, shares, scratch, means, products } = at
    const lists = [logs, rowBytes(experts) / 2, weights, chosen, selections, shares, scratch, means, products]
    const rest = [at.zeros, at.tops, at.gradient, at.curvature]
    memory.u32.set([experts, shape.members, plan.tokens, every, ...lists, ...rest], at.fit / 4)
    writeSample(memory, validation, plan, at)
    return use(sumsAt(memory, shape, at))
  })
}

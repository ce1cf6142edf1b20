/** Log-linear fits in WebAssembly (sources: `assembly/slope.as`, `log-linear.as`): the same sums in the same order. */
import { logTable } from "../parts/fast-log.ts"
import type { SamplePlan } from "../parts/log-sample.ts"
import type { SlopeAt } from "../plain/log-linear.ts"
import type { ValidationScores } from "../predictor.ts"
import { kernelMemory } from "./memory.ts"
import { rowBytes } from "./rows.ts"

/** Addresses of pieces of so many bytes each, from `at` on. */
const laidOut = (at: number, pieces: ReadonlyArray<number>): ReadonlyArray<number> => {
  let end = at
  return pieces.map((bytes) => {
    const start = end
    end += 16 * Math.ceil(bytes / 16)
    return start
  })
}

/**
 * Runs `use` with the sums over the planned tokens, whose logs lie in the memory of the kernels meanwhile; undefined where there
 * is none.
 */
export const withKernelSums = <A>(
  { experts, scores, ids, start }: ValidationScores,
  { tokens, every: distance }: SamplePlan,
  every: number,
  use: (sums: SlopeAt) => A
): A | undefined => {
  const memory = kernelMemory()
  if (memory === undefined) return undefined
  const members = scores.length
  const row = rowBytes(experts)
  const perMember = 64 * Math.ceil(members / 8)
  const pieces = [
    68,
    (row / 2) * members * tokens,
    8 * members,
    8 * members * tokens,
    8 * tokens,
    row,
    row,
    perMember,
    perMember,
    row / 2,
    16 * tokens,
    8 * members,
    8 * members * members,
    row / 2,
    row,
    8 * logTable.length
  ]
  const all = laidOut(0, [...pieces, 0]).at(-1)!
  return memory.borrow(all, (from) => {
    const [fit, logs, weightsAt, chosenAt, selectionsAt, shares, scratch, means, products, zeros, tops, gradientAt] =
      laidOut(from, pieces) as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number
      ]
    const [curvatureAt, chances, wide, table] = laidOut(from, pieces).slice(12) as [number, number, number, number]
    const { f64, f32, u32, call } = memory
    const view = (at: number, length: number) => f64.subarray(at / 8, at / 8 + length)
    const [chosen, selections, logRow] = [
      view(chosenAt, members * tokens),
      view(selectionsAt, tokens),
      view(scratch, experts)
    ]
    view(table, logTable.length).set(logTable)
    for (let s = 0; s < tokens; s++) {
      const t = s * distance
      selections[s] = start[t + 1]! - start[t]!
      for (let m = 0; m < members; m++) {
        f32.set(scores[m]!.subarray(t * experts, (t + 1) * experts), chances / 4)
        call.sampleRow(chances, wide, scratch, logs + (s * members + m) * (row / 2), experts, table)
        for (let i = start[t]!; i < start[t + 1]!; i++) chosen[s * members + m]! += logRow[ids[i]!]!
      }
    }
    u32.set(
      [
        experts,
        members,
        tokens,
        every,
        logs,
        row / 2,
        weightsAt,
        chosenAt,
        selectionsAt,
        shares,
        scratch,
        means,
        products
      ],
      fit / 4
    )
    u32.set([zeros, tops, gradientAt, curvatureAt], fit / 4 + 13)
    const [gradient, curvature, top] = [
      view(gradientAt, members),
      view(curvatureAt, members * members),
      view(tops, 2 * tokens)
    ]
    return use((weights) => {
      view(weightsAt, members).set(weights)
      gradient.fill(0)
      curvature.fill(0)
      call.slopeSums(fit)
      let value = 0
      for (let t = 0; t < tokens; t++) {
        let own = 0
        for (let m = 0; m < members; m++) own += weights[m]! * chosen[t * members + m]!
        value += own - selections[t]! * (top[2 * t]! + Math.log(top[2 * t + 1]!))
      }
      return { value, gradient: gradient.slice(), curvature: curvature.slice() }
    })
  })
}

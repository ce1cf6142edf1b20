/**
 * Least squares without derivatives: Levenberg and Marquardt's method with the Jacobian taken from differences. The
 * steps are wide, because a twin's statistics are counts; all evaluations see the same random draws.
 */
export interface Problem {
  readonly start: ReadonlyArray<number>
  readonly residuals: (x: ReadonlyArray<number>) => ReadonlyArray<number>
  /** Width of a difference. */
  readonly step: number
  readonly iterations: number
  readonly report: (iteration: number, cost: number, x: ReadonlyArray<number>) => void
}

/** Solves `a x = b` by elimination with row exchange; `a` is destroyed. */
const solve = (a: Array<Array<number>>, b: Array<number>): Array<number> => {
  const n = b.length
  for (let i = 0; i < n; i++) {
    let pivot = i
    for (let r = i + 1; r < n; r++) if (Math.abs(a[r]![i]!) > Math.abs(a[pivot]![i]!)) pivot = r
    ;[a[i], a[pivot]] = [a[pivot]!, a[i]!]
    ;[b[i], b[pivot]] = [b[pivot]!, b[i]!]
    for (let r = i + 1; r < n; r++) {
      const factor = a[r]![i]! / a[i]![i]!
      for (let c = i; c < n; c++) a[r]![c]! -= factor * a[i]![c]!
      b[r]! -= factor * b[i]!
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let c = i + 1; c < n; c++) b[i]! -= a[i]![c]! * b[c]!
    b[i]! /= a[i]![i]!
  }
  return b
}

const square = (r: ReadonlyArray<number>): number => r.reduce((sum, v) => sum + v * v, 0)

/** The longest step of one coordinate in one iteration. */
const furthest = 0.5

export const leastSquares = ({ start, residuals, step, iterations, report }: Problem): ReadonlyArray<number> => {
  let x = start
  let r = residuals(x)
  let damping = 1
  report(0, square(r), x)
  for (let iteration = 1; iteration <= iterations; iteration++) {
    const columns = x.map((_, i) => {
      const moved = residuals(x.map((v, j) => (j === i ? v + step : v)))
      return moved.map((v, k) => (v - r[k]!) / step)
    })
    const normal = columns.map((c) => columns.map((d) => c.reduce((sum, v, k) => sum + v * d[k]!, 0)))
    const downhill = columns.map((c) => -c.reduce((sum, v, k) => sum + v * r[k]!, 0))
    let better = false
    for (let attempt = 0; attempt < 4 && !better; attempt++) {
      const damped = normal.map((row, i) => row.map((v, j) => (i === j ? v + damping * (1 + 0.1 * v) : v)))
      const move = solve(damped, [...downhill])
      const next = x.map((v, i) => v + Math.max(-furthest, Math.min(furthest, move[i]!)))
      const there = residuals(next)
      better = square(there) < square(r)
      if (better) [x, r] = [next, there]
      damping *= better ? 0.3 : 4
    }
    report(iteration, square(r), x)
    if (!better) break
  }
  return x
}

/**
 * Least squares without derivatives: Levenberg and Marquardt's method with the Jacobian taken from differences. The
 * steps are wide, because a twin's statistics are counts; all evaluations see the same random draws.
 *
 * `ml-levenberg-marquardt` 5.1.0 was tried in its place (2026-11-29), with the same start 0.3 to 0.4 off, differences, damping
 * and number of evaluations: costs of 37.2, 52.0 and 40.5 where these steps, none of them longer than `furthest` and tried
 * again from the same differences, reach 5.2, 16.5 and 41.3 (DeepSeek-V3, Llama 4, gpt-oss-20b).
 */
import { Matrix, solve } from "ml-matrix"

export interface Problem {
  readonly start: ReadonlyArray<number>
  readonly residuals: (x: ReadonlyArray<number>) => ReadonlyArray<number>
  /** Width of a difference. */
  readonly step: number
  readonly iterations: number
  readonly report: (iteration: number, cost: number, x: ReadonlyArray<number>) => void
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
    // A row a coordinate, a column a residual.
    const slopes = new Matrix(
      x.map((_, i) => {
        const moved = residuals(x.map((v, j) => (j === i ? v + step : v)))
        return moved.map((v, k) => (v - r[k]!) / step)
      })
    )
    const normal = slopes.mmul(slopes.transpose())
    const downhill = slopes.mmul(Matrix.columnVector(r)).mul(-1)
    let better = false
    for (let attempt = 0; attempt < 4 && !better; attempt++) {
      const damped = Matrix.add(normal, Matrix.diag(normal.diagonal().map((v) => damping * (1 + 0.1 * v))))
      const move = solve(damped, downhill).to1DArray()
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

/** Fits of exchange kernels: all rows, then each group of rows by constants that never saw it. */
import { medianError, timeError, type TimedPair } from "../../../packages/hardware/src/calibration/errors.ts"
import { type Constants, fitConstants } from "../fit.ts"
import { digits, percent } from "../fit-report.ts"

interface Measured {
  readonly tokens: number
  readonly measuredPs: number
}

interface StageProblem<Row extends Measured, K extends string> {
  readonly title: string
  readonly rows: ReadonlyArray<Row>
  readonly start: Constants<K>
  readonly most?: Partial<Constants<K>>
  readonly model: (constants: Constants<K>, row: Row) => number
  /** What to leave out, a group at a time: shapes, ranks, multiprocessors. */
  readonly leaveOut: Readonly<Record<string, (row: Row) => string | number>>
}

interface Errors {
  readonly median: number
  readonly p90: number
}

const errorsOf = (pairs: ReadonlyArray<TimedPair>): Errors => {
  const sorted = pairs.map((pair) => Math.abs(timeError(pair))).toSorted((a, b) => a - b)
  return { median: medianError(pairs), p90: sorted[Math.min(sorted.length - 1, Math.floor(0.9 * sorted.length))] ?? 0 }
}

const told = ({ median, p90 }: Errors): string => `median ${percent(median)}, p90 ${percent(p90)}`

const bands = [1, 16, 128, 1024, 8192, Infinity]

/** Medians by tokens a rank, to see where a law is weak. */
export const byTokens = (pairs: ReadonlyArray<TimedPair & { readonly tokens: number }>): string =>
  bands
    .slice(1)
    .map((to, i) => {
      const own = pairs.filter(({ tokens }) => tokens >= bands[i]! && tokens < to)
      return `${bands[i]} up: ${own.length === 0 ? "no rows" : percent(medianError(own))}`
    })
    .join(", ")

/** Constants of one stage and how far they are off; printed as it goes. */
export const fitStage = <Row extends Measured, K extends string>(problem: StageProblem<Row, K>) => {
  const { title, rows, model, leaveOut } = problem
  // One group: a search without leaving anything out.
  const search = (own: ReadonlyArray<Row>): Constants<K> =>
    fitConstants({ ...problem, rows: own.map((row) => ({ ...row, shape: "" })) }).constants
  const pairs = (constants: Constants<K>, own: ReadonlyArray<Row>) =>
    own.map((row) => ({ tokens: row.tokens, measuredPs: row.measuredPs, modelledPs: model(constants, row) }))
  const constants = search(rows)
  const all = pairs(constants, rows)
  console.log(`\n${title}: ${rows.length} rows, ${told(errorsOf(all))}`)
  console.log(Object.entries(digits(constants)))
  console.log(`  by tokens a rank: ${byTokens(all)}`)
  const leftOut = Object.entries(leaveOut).map(([what, by]) => {
    const groups = [...new Set(rows.map(by))]
    const each = groups.map((group) => {
      const others = search(rows.filter((row) => by(row) !== group))
      const own = pairs(
        others,
        rows.filter((row) => by(row) === group)
      )
      return { group: String(group), own, errors: errorsOf(own) }
    })
    const errors = {
      ...errorsOf(each.flatMap(({ own }) => own)),
      by: Object.fromEntries(each.map((one) => [one.group, one.errors]))
    }
    console.log(`  ${what} left out: ${told(errors)}`)
    for (const one of each) console.log(`    ${one.group.padEnd(18)} ${told(one.errors)}`)
    return [what, errors] as const
  })
  return { constants, errors: { rows: rows.length, ...errorsOf(all), leftOut: Object.fromEntries(leftOut) } }
}

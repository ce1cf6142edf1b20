/** Fits constants by least absolute logarithmic error, all of them positive: a model 10 % off is as bad fast as slow. */
import { medianError, type TimedPair } from "../../packages/hardware/src/calibration/errors.ts"
import { nelderMead } from "./nelder-mead.ts"

/** Constants by name; the order of `start` is the order of the search. */
export type Constants<K extends string> = Readonly<Record<K, number>>

export interface Fit<K extends string> {
  readonly constants: Constants<K>
  readonly medianError: number
  /** Median error of each shape's rows, worst first. */
  readonly byShape: ReadonlyArray<readonly [shape: string, error: number]>
  /** The same for each shape with the constants that all others give. */
  readonly heldOut: ReadonlyArray<readonly [shape: string, error: number]>
  /** Median over all rows, each by constants that never saw its shape. */
  readonly heldOutError: number
}

export interface Problem<Row extends { readonly shape: string; readonly measuredPs: number }, K extends string> {
  readonly rows: ReadonlyArray<Row>
  readonly start: Constants<K>
  /** Upper limits of constants that are shares. */
  readonly most?: Partial<Constants<K>>
  readonly model: (constants: Constants<K>, row: Row) => number
}

const groups = <Row extends { readonly shape: string }>(rows: ReadonlyArray<Row>) => {
  const byShape = new Map<string, Array<Row>>()
  for (const row of rows) byShape.set(row.shape, [...(byShape.get(row.shape) ?? []), row])
  return byShape
}

const worstFirst = (errors: ReadonlyArray<readonly [string, number]>) =>
  errors.toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))

/** Best constants for `rows`; limits cost nothing inside and are never crossed. */
const search = <Row extends { readonly shape: string; readonly measuredPs: number }, K extends string>(
  { start, most, model }: Problem<Row, K>,
  rows: ReadonlyArray<Row>
): Constants<K> => {
  const names = Object.keys(start) as Array<K>
  const named = (point: ReadonlyArray<number>) =>
    Object.fromEntries(
      names.map((name, i) => [name, Math.min(start[name] * Math.exp(point[i]!), most?.[name] ?? Infinity)])
    ) as Constants<K>
  const loss = (point: ReadonlyArray<number>) => {
    const constants = named(point)
    let sum = 0
    for (const row of rows) sum += Math.abs(Math.log(model(constants, row) / row.measuredPs))
    return sum / rows.length
  }
  return named(
    nelderMead(
      loss,
      names.map(() => 0)
    )
  )
}

/** Fits all rows, then each shape's rows by the others' constants: what a model may expect of a shape it never saw. */
export const fitConstants = <Row extends { readonly shape: string; readonly measuredPs: number }, K extends string>(
  problem: Problem<Row, K>
): Fit<K> => {
  const { rows, model } = problem
  const pairs = (constants: Constants<K>, of: ReadonlyArray<Row>): ReadonlyArray<TimedPair> =>
    of.map((row) => ({ measuredPs: row.measuredPs, modelledPs: model(constants, row) }))
  const constants = search(problem, rows)
  const shapes = [...groups(rows)]
  const heldOut = shapes.map(([shape, own]) => {
    const others = rows.filter((row) => row.shape !== shape)
    return [shape, pairs(others.length > 0 ? search(problem, others) : constants, own)] as const
  })
  return {
    constants,
    medianError: medianError(pairs(constants, rows)),
    byShape: worstFirst(shapes.map(([shape, own]) => [shape, medianError(pairs(constants, own))])),
    heldOut: worstFirst(heldOut.map(([shape, own]) => [shape, medianError(own)])),
    heldOutError: medianError(heldOut.flatMap(([, own]) => own))
  }
}

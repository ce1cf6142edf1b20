/** What a metric is: a number with an id, as documents, `--help`, reports and the viewer name it. */

export interface Metric {
  /** Lower case with underscores, its unit at the end where it has one. */
  readonly id: string
  readonly title: string
  /** `1` for a plain number. */
  readonly unit: string
  readonly definition: string
  readonly better: "higher" | "lower" | "neither"
}

/** Metrics by their ids, in the order in which they are told. */
export type Metrics = ReadonlyMap<string, Metric>

/** An entry of {@link Metrics}. */
export const metric = (
  id: string,
  title: string,
  unit: string,
  better: Metric["better"],
  definition: string
): readonly [string, Metric] => [id, { id, title, unit, better, definition }]

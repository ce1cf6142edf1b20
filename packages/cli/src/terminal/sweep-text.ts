/** A sweep as a person reads it: how many points, and a line for each while they are few. */
import { formatCount } from "@moira/core"
import type { SweepDocument, SweepPoint } from "@moira/results"
import type { SweepEstimate } from "@moira/pipeline"
import { table } from "./table.ts"

/** Lines that are printed; the rest is in the file. */
const maxLines = 40

const valueText = (value: unknown): string =>
  typeof value === "number" ? formatNumber(value) : typeof value === "string" ? value : JSON.stringify(value)

const formatNumber = (value: number): string =>
  Number.isSafeInteger(value) && Math.abs(value) < 1e6
    ? formatCount(value)
    : Number(value.toPrecision(4)).toExponential().replace("e+", "e")

/** What became of a point. */
const endText = ({ state, failure }: SweepPoint): string =>
  failure === undefined ? state : `failed: ${failure.where}: ${failure.what}`

export const sweepText = (
  { title, fields, points }: SweepDocument,
  told: ReadonlyMap<string, string> = new Map()
): string => {
  const count = (state: SweepPoint["state"]) => points.filter((point) => point.state === state).length
  const [done, failed, waiting] = [count("done"), count("failed"), count("waiting")]
  const counts = [`${formatCount(done)} of ${formatCount(points.length)} points done`]
  if (failed > 0) counts.push(`${formatCount(failed)} failed`)
  if (waiting > 0) counts.push(`${formatCount(waiting)} waiting`)
  const shown = points.slice(0, maxLines)
  const rows = shown.map((point) => [
    ...fields.map((field) => valueText(point.at[field])),
    told.get(point.key) ?? endText(point)
  ])
  return [
    ...(title === undefined ? [] : [title]),
    counts.join(", "),
    ...(fields.length === 0 ? [] : ["", table([...fields, "result"], rows)]),
    ...(points.length > shown.length
      ? [`and ${formatCount(points.length - shown.length)} more points in sweep.json`]
      : [])
  ].join("\n")
}

const duration = (seconds: number): string => {
  if (seconds < 120) return `${Number(seconds.toPrecision(2))} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}

/** What a sweep would do. */
export const estimateText = ({ points, done, failed, waiting, seconds }: SweepEstimate): string => {
  const known = [`${formatCount(points)} points`, `${formatCount(done)} done`]
  if (failed > 0) known.push(`${formatCount(failed)} failed`)
  const time =
    waiting === 0
      ? "nothing to compute"
      : `${formatCount(waiting)} to compute, ${seconds === undefined ? "time unknown: no point was measured yet" : `about ${duration(seconds)} by the points measured`}`
  return `${known.join(", ")}, ${time}`
}

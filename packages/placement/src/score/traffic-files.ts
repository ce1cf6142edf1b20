/** A rank x rank traffic matrix as network simulators read it: whitespace text, and JSON that says what it holds. */
import { exportFault } from "../exporters/parts/check.ts"
import { objectOf, parseJson } from "../exporters/parts/json.ts"

/** `bytes[a * units + b]` go from rank a to rank b; whole bytes, 0 to itself. */
export interface TrafficMatrix {
  readonly units: number
  readonly bytes: ArrayLike<number>
}

const maxUnits = 4096

const rows = ({ units, bytes }: TrafficMatrix): ReadonlyArray<ReadonlyArray<number>> =>
  Array.from({ length: units }, (_, a) =>
    Array.from(bytes)
      .slice(a * units, (a + 1) * units)
      .map(Math.round)
  )

/** One line a sender, one number a receiver. */
const trafficText = (matrix: TrafficMatrix): string =>
  rows(matrix)
    .map((row) => `${row.join(" ")}\n`)
    .join("")

/** `{"unit": "bytes", "of": what, "ranks": n, "matrix": [[...]]}`. */
const trafficJson = (matrix: TrafficMatrix, of: string): string =>
  `{"unit": "bytes", "of": ${JSON.stringify(of)}, "ranks": ${matrix.units},\n` +
  `"matrix": [\n${rows(matrix)
    .map((row) => ` [${row.join(", ")}]`)
    .join(",\n")}\n]}\n`

const square = (where: string, list: ReadonlyArray<ReadonlyArray<unknown>>): TrafficMatrix => {
  const units = list.length
  if (units === 0 || units > maxUnits) throw exportFault("WrongShape", where, `${units} ranks, 1 to ${maxUnits} belong`)
  const bytes = new Float64Array(units * units)
  list.forEach((row, a) => {
    if (!Array.isArray(row) || row.length !== units)
      throw exportFault("WrongShape", `${where}, rank ${a}`, `not ${units} numbers`)
    row.forEach((value: unknown, b) => {
      if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
        throw exportFault("Malformed", `${where}, rank ${a} to ${b}`, "no whole number of bytes")
      bytes[a * units + b] = value
    })
  })
  return { units, bytes }
}

/** Reads {@link trafficText}; throws `ExportError`. */
const readTrafficText = (where: string, text: string): TrafficMatrix =>
  square(
    where,
    text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) =>
        line
          .trim()
          .split(/\s+/)
          .map((word) => (/^\d{1,16}$/.test(word) ? Number(word) : word))
      )
  )

/** Reads {@link trafficJson}; throws `ExportError`. */
const readTrafficJson = (where: string, text: string): TrafficMatrix => {
  const top = objectOf(where, parseJson(where, text), ["unit", "of", "ranks", "matrix"])
  if (top["unit"] !== "bytes") throw exportFault("Malformed", where, "the unit is not bytes")
  const matrix = square(where, Array.isArray(top["matrix"]) ? top["matrix"] : [])
  if (top["ranks"] !== matrix.units) throw exportFault("Malformed", where, `ranks is not ${matrix.units}`)
  return matrix
}

/** One form: the name of its file, and how it is written and read; `of` says what the bytes are. `read` throws `ExportError`. */
interface TrafficForm {
  readonly file: string
  readonly write: (matrix: TrafficMatrix, of: string) => string
  readonly read: (where: string, text: string) => TrafficMatrix
}

export const trafficForms: ReadonlyArray<TrafficForm> = [
  { file: "traffic.txt", write: trafficText, read: readTrafficText },
  { file: "traffic.json", write: trafficJson, read: readTrafficJson }
]

/** Distances between tasks: bars for a few pairs, a matrix in an order that puts neighbours together for many. */
import { greatestOf } from "@moira/core/statistics"
import type { TaskDistance } from "@moira/results"
import { bars } from "../../../drawing/bars.ts"
import { heatmap } from "../../../drawing/heatmap.ts"
import { rampKey } from "../../../drawing/legend.ts"
import { column, type Picture } from "../../../drawing/picture.ts"
import { sea } from "../../../drawing/ramp.ts"
import { element, label } from "../../../drawing/svg.ts"
import { fitText, textWidth } from "../../../drawing/text.ts"
import { niceCeil } from "../../../drawing/ticks.ts"
import { colour, figureWidth, fontSize, hue } from "../../../theme.ts"
import { noiseFloor } from "./noise-floor.ts"
import { shortNames } from "./task-names.ts"
import { pairKey, seriated } from "./task-order.ts"

/** Up to this many pairs are written out as bars. */
const maxBars = 10

/** With more tasks than this their names have no room; the table of distances has them. */
const maxNames = 80

/** Very many tasks as a picture of cells, nearest neighbours together. */
const raster = (distances: ReadonlyArray<TaskDistance>): Picture => {
  const names = seriated(distances)
  const place = new Map(names.map((name, i) => [name, i]))
  const end = niceCeil(greatestOf(distances.map((d) => d.distance)))
  const values = new Float64Array(names.length * names.length)
  for (const { a, b, distance } of distances) {
    const [i, j] = [place.get(a)!, place.get(b)!]
    values[i * names.length + j] = distance / end
    values[j * names.length + i] = distance / end
  }
  const axis = { label: `${names.length} tasks, those alike together` }
  const cells = { columns: names.length, rows: names.length, values, ramp: sea }
  const picture = heatmap({ raster: cells, x: axis, y: axis, width: 640, height: 640 })
  return column([{ ...picture, width: figureWidth.full }, distanceKey(end)], 12)
}

const distanceKey = (end: number): Picture =>
  rampKey(
    {
      ramp: sea,
      title: "Jensen-Shannon distance",
      ticks: [0, 0.5, 1].map((t) => ({ t, label: (t * end).toFixed(2) }))
    },
    figureWidth.full
  )

const matrix = (distances: ReadonlyArray<TaskDistance>): Picture => {
  const names = seriated(distances)
  if (names.length > maxNames) return raster(distances)
  const short = shortNames(names)
  const nameOf = (name: string) => short.get(name) ?? name
  const table = new Map(distances.map((d) => [pairKey(d.a, d.b), d.distance]))
  const end = niceCeil(greatestOf(distances.map((d) => d.distance)))
  const small = names.length > 24
  const size = small ? fontSize.small - 1 : fontSize.small + 1
  const left = Math.min(300, 14 + greatestOf(names.map((n) => textWidth(nameOf(n), size))))
  const cell = Math.min((Math.min(figureWidth.full, 760 + left) - left - 10) / names.length, small ? 14 : 46)
  const cells = names.flatMap((a, i) =>
    names.slice(0, i + 1).map((b, j) => {
      const d = table.get(pairKey(a, b))
      if (d === undefined) return ""
      const [x, y, side] = [left + j * cell, i * cell, cell - 0.6]
      const fill = sea.hex(d / end)
      // The noise floor is a smaller square, so that the diagonal reads as something else.
      const square =
        i === j
          ? element("rect", {
              x: x + cell * 0.2,
              y: y + cell * 0.2,
              width: side - cell * 0.4,
              height: side - cell * 0.4,
              rx: 2,
              fill
            })
          : element("rect", { x, y, width: side, height: side, fill })
      return cell < 34 || i === j
        ? square
        : square +
            label(x + cell / 2, y + cell / 2, d.toFixed(2), {
              anchor: "middle",
              "font-size": fontSize.small,
              fill: sea.text(d / end)
            })
    })
  )
  const rows = names.map((n, i) =>
    label(left - 8, (i + 0.5) * cell, fitText(nameOf(n), size, left - 10), { anchor: "end", "font-size": size })
  )
  // The name of a column stands beside the diagonal, where its cells begin.
  const beside = names.slice(0, -1).map((n, i) => {
    const x = left + (i + 1) * cell + 2
    return label(x, (i + 0.5) * cell, fitText(nameOf(n), size, Math.max(0, figureWidth.full - x - 4)), {
      "font-size": size,
      fill: colour.muted
    })
  })
  const body = element("g", { class: "ramp" }, ...cells) + rows.join("") + (small ? "" : beside.join(""))
  return column([{ width: figureWidth.full, height: cell * names.length + 6, body }, distanceKey(end)], 12)
}

export const distancePicture = (distances: ReadonlyArray<TaskDistance>): Picture => {
  if (distances.length > maxBars) return matrix(distances)
  const rows = distances.toSorted((a, b) => b.distance - a.distance)
  const short = shortNames([...new Set(distances.flatMap(({ a, b }) => [a, b]))])
  const pairOf = ({ a, b }: TaskDistance) =>
    a === b ? `${short.get(a)!}, two halves` : `${short.get(a)!} – ${short.get(b)!}`
  return bars(
    [
      {
        title: "",
        rows: rows.map((pair) => ({
          label: pairOf(pair),
          segments: [{ value: pair.distance, colour: pair.a === pair.b ? hue.grey : hue.teal }],
          text: pair.distance.toFixed(3),
          ...(pair.noise === null ? {} : { note: `chance ${pair.noise.high.toFixed(3)}` })
        }))
      }
    ],
    { label: "Jensen-Shannon distance", format: (v) => v.toFixed(2) },
    figureWidth.full,
    [0, niceCeil(greatestOf(rows.map((d) => d.distance)))]
  )
}

/** A sentence for captions that says what the small squares are. */
export const diagonalNote = (distances: ReadonlyArray<TaskDistance>): string =>
  distances.length > maxBars && noiseFloor(distances).length > 0
    ? new Set(distances.map(({ a }) => a)).size > maxNames
      ? " The diagonal is those halves."
      : " Small squares on the diagonal are those halves."
    : ""

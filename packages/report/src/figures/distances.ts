/** Distances between tasks: bars for a few pairs, a matrix in an order that puts neighbours together for many. */
import type { TaskDistance } from "@moira/trace"
import { bars } from "../drawing/bars.ts"
import { rampKey } from "../drawing/legend.ts"
import { column, type Picture } from "../drawing/picture.ts"
import { sea } from "../drawing/ramp.ts"
import { element, label } from "../drawing/svg.ts"
import { fitText, textWidth } from "../drawing/text.ts"
import { niceCeil } from "../drawing/ticks.ts"
import { figureWidth, fontSize, hue } from "../theme.ts"
import { shortNames } from "./task-names.ts"

/** Up to this many pairs are written out as bars. */
const mostBars = 10

const keyOf = (a: string, b: string): string => JSON.stringify(a < b ? [a, b] : [b, a])

/**
 * Names in an order in which neighbours are alike: from the task farthest from all others, always on to the nearest
 * one that is left.
 */
export const seriated = (distances: ReadonlyArray<TaskDistance>): ReadonlyArray<string> => {
  const names = [...new Set(distances.flatMap(({ a, b }) => [a, b]))].toSorted()
  const table = new Map(distances.map((d) => [keyOf(d.a, d.b), d.distance]))
  const between = (a: string, b: string) => table.get(keyOf(a, b)) ?? 0
  const remoteness = (a: string) => names.reduce((sum, b) => sum + between(a, b), 0)
  const left = new Set(names)
  const order: Array<string> = []
  let next = names.reduce<string | undefined>(
    (far, n) => (far === undefined || remoteness(n) > remoteness(far) ? n : far),
    undefined
  )
  while (next !== undefined) {
    order.push(next)
    left.delete(next)
    const last: string = next
    next = [...left].reduce<string | undefined>(
      (near, n) => (near === undefined || between(last, n) < between(last, near) ? n : near),
      undefined
    )
  }
  return order
}

const matrix = (distances: ReadonlyArray<TaskDistance>): Picture => {
  const names = seriated(distances)
  const short = shortNames(names)
  const nameOf = (name: string) => short.get(name) ?? name
  const table = new Map(distances.map((d) => [keyOf(d.a, d.b), d.distance]))
  const end = niceCeil(Math.max(...distances.map((d) => d.distance)))
  const small = names.length > 24
  const size = small ? fontSize.small - 1 : fontSize.small + 1
  const left = Math.min(300, 14 + Math.max(...names.map((n) => textWidth(nameOf(n), size))))
  const cell = Math.min(46, (Math.min(figureWidth.full, 760 + left) - left - 10) / names.length, small ? 14 : 46)
  const side = cell * names.length
  const cells = names.flatMap((a, i) =>
    names.slice(0, i).map((b, j) => {
      const d = table.get(keyOf(a, b))
      if (d === undefined) return ""
      const square = element("rect", {
        x: left + j * cell,
        y: i * cell,
        width: cell - 0.6,
        height: cell - 0.6,
        fill: sea.hex(d / end)
      })
      return cell < 34
        ? square
        : square +
            label(left + (j + 0.5) * cell, (i + 0.5) * cell, d.toFixed(2), {
              anchor: "middle",
              "font-size": fontSize.small,
              fill: sea.text(d / end)
            })
    })
  )
  const rows = names.map((n, i) =>
    label(left - 8, (i + 0.5) * cell, fitText(nameOf(n), size, left - 10), { anchor: "end", "font-size": size })
  )
  // The name of a column stands on the diagonal, where its cells begin.
  const diagonal = names
    .slice(0, -1)
    .map((n, i) =>
      label(
        left + i * cell + 4,
        (i + 0.5) * cell,
        fitText(nameOf(n), size, Math.max(0, figureWidth.full - left - i * cell - 8)),
        { "font-size": size }
      )
    )
  const body = element("g", { class: "ramp" }, ...cells) + rows.join("") + (small ? "" : diagonal.join(""))
  const key = rampKey(
    {
      ramp: sea,
      title: "Jensen-Shannon distance",
      ticks: [0, 0.5, 1].map((t) => ({ t, label: (t * end).toFixed(2) }))
    },
    figureWidth.full
  )
  return column([{ width: figureWidth.full, height: side + 6, body }, key], 12)
}

export const distancePicture = (distances: ReadonlyArray<TaskDistance>): Picture => {
  if (distances.length > mostBars) return matrix(distances)
  const rows = distances.toSorted((a, b) => b.distance - a.distance)
  return bars(
    [
      {
        title: "",
        rows: rows.map(({ a, b, distance }) => ({
          label: `${a} – ${b}`,
          segments: [{ value: distance, colour: hue.teal }],
          text: distance.toFixed(3)
        }))
      }
    ],
    { label: "Jensen-Shannon distance", format: (v) => v.toFixed(2) },
    figureWidth.full,
    [0, niceCeil(Math.max(...rows.map((d) => d.distance)))]
  )
}

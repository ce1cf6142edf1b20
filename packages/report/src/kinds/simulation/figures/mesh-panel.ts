/** One machine seen from above: units where they lie, coloured by how busy they are, links as arrows by what they carry. */
import { greatestOf, leastOf } from "@moira/core/statistics"
import type { MachineSummary, RunResult } from "@moira/results"
import type { Picture } from "../../../drawing/picture.ts"
import { ember, sea } from "../../../drawing/ramp.ts"
import { element, label } from "../../../drawing/svg.ts"
import { fontSize } from "../../../theme.ts"

type Point = readonly [x: number, y: number]

/** Positions of the units in steps of their nearest distance, from 0; `undefined` unless every unit has its own place. */
export const layoutOf = (machine: MachineSummary): ReadonlyArray<Point> | undefined => {
  const places = machine.units.flatMap(({ at }) => (at === null ? [] : [at]))
  if (places.length < 2 || places.length < machine.units.length) return undefined
  const left = leastOf(places.map(([x]) => x))
  const top = leastOf(places.map(([, y]) => y))
  let step = Number.POSITIVE_INFINITY
  for (const [i, a] of places.entries()) {
    for (const b of places.slice(i + 1)) step = Math.min(step, Math.hypot(a[0] - b[0], a[1] - b[1]))
  }
  return step > 0 ? places.map(([x, y]) => [(x - left) / step, (y - top) / step]) : undefined
}

/** Columns and rows that a layout spans, in steps. */
export const extentOf = (layout: ReadonlyArray<Point>): readonly [columns: number, rows: number] => [
  greatestOf(layout.map(([x]) => x)) + 1,
  greatestOf(layout.map(([, y]) => y)) + 1
]

/** An arrow from one unit's edge to the other's, on the right-hand side of its way so that both ways show. */
const arrow = (from: Point, to: Point, die: number, fill: string): string => {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1])
  const [dx, dy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length]
  const side = die * 0.17
  const half = die * 0.1
  // Along the way and across it, from the middle of the two units.
  const point = (along: number, across: number) =>
    `${(from[0] + dx * along - dy * across).toFixed(1)},${(from[1] + dy * along + dx * across).toFixed(1)}`
  const start = die / 2 + 2
  const end = length - die / 2 - 2
  const neck = Math.max(start + 1, end - half * 1.7)
  return element("path", {
    d:
      `M${point(start, side - half * 0.62)}L${point(neck, side - half * 0.62)}L${point(neck, side - half * 1.25)}` +
      `L${point(end, side)}L${point(neck, side + half * 1.25)}L${point(neck, side + half * 0.62)}` +
      `L${point(start, side + half * 0.62)}Z`,
    fill
  })
}

/** A link that passes other units, such as the way round a torus: a thin bow. */
const bow = (from: Point, to: Point, stroke: string): string => {
  const [mx, my] = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]]
  return element("path", {
    d: `M${from.join(",")}Q${(mx - dy * 0.12).toFixed(1)},${(my + dx * 0.12).toFixed(1)} ${to.join(",")}`,
    stroke,
    "stroke-width": 2.5,
    fill: "none"
  })
}

export interface Scales {
  /** Shares at the dark end of each ramp. */
  readonly busy: number
  readonly link: number
}

/** `pitch` is the distance between neighbouring units in pixels. */
export const meshPanel = (run: RunResult, layout: ReadonlyArray<Point>, pitch: number, scales: Scales): Picture => {
  const [columns, rows] = extentOf(layout)
  const die = pitch * 0.58
  const centre = ([x, y]: Point): Point => [(x + 0.5) * pitch, (y + 0.5) * pitch]
  const links = run.machine.links.flatMap(({ fromUnit, toUnit }, i) => {
    const from = layout[fromUnit]
    const to = layout[toUnit]
    if (from === undefined || to === undefined || fromUnit === toUnit) return []
    const fill = ember.hex((run.linkUtilisation[i] ?? 0) / scales.link)
    const near = Math.hypot(to[0] - from[0], to[1] - from[1]) < 1.5
    return near ? arrow(centre(from), centre(to), die, fill) : bow(centre(from), centre(to), fill)
  })
  const units = layout.map((place, u) => {
    const [x, y] = centre(place)
    const busy = run.unitBusy[u] ?? 0
    const t = busy / scales.busy
    const text = Math.round(100 * busy).toString()
    return (
      element("rect", { x: x - die / 2, y: y - die / 2, width: die, height: die, rx: 5, fill: sea.hex(t) }) +
      (die < 22
        ? ""
        : label(x, y, die >= 40 ? `${text}\u202f%` : text, {
            anchor: "middle",
            "font-size": Math.min(fontSize.body, die * 0.36),
            "font-weight": 600,
            fill: sea.text(t)
          }))
    )
  })
  return {
    width: columns * pitch,
    height: rows * pitch,
    body: element("g", { class: "ramp" }, ...links, ...units)
  }
}

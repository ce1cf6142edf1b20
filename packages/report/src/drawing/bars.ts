/** Horizontal bars in titled groups, the value written at the end of each bar. */
import { greatestOf } from "@moira/core/statistics"
import * as Plot from "@observablehq/plot"
import { colour, fontSize } from "../theme.ts"
import type { Picture } from "./picture.ts"
import { plot, xAxis } from "./plot.ts"
import { label } from "./svg.ts"
import { boldWidth, fitText, textWidth } from "./text.ts"
import { decades, linearTicks, logTicks } from "./ticks.ts"

export interface BarRow {
  readonly label: string
  /** One after the other along the bar, in the unit of the axis. */
  readonly segments: ReadonlyArray<{ readonly value: number; readonly colour: string }>
  /** Written at the end of the bar. */
  readonly text: string
  /** Written after the text, paler. */
  readonly note?: string
}

export interface BarGroup {
  readonly title: string
  readonly rows: ReadonlyArray<BarRow>
}

export interface BarAxis {
  readonly label: string
  readonly log?: boolean
  readonly format: (value: number) => string
}

const rowHeight = 28
const titleHeight = 26
const groupGap = 12
const footer = 58

const total = (row: BarRow): number => row.segments.reduce((sum, s) => sum + s.value, 0)

/** Domain that just holds every bar; on a log scale a bar of 0 has no length. */
export const barDomain = (groups: ReadonlyArray<BarGroup>, log: boolean): readonly [number, number] => {
  const values = groups.flatMap((group) => group.rows.map(total))
  const most = Math.max(0, greatestOf(values))
  if (!log) return [0, most > 0 ? most : 1]
  const [low, high] = decades(values)
  return [low, most > low ? most : high]
}

export const bars = (
  groups: ReadonlyArray<BarGroup>,
  axis: BarAxis,
  width: number,
  domain: readonly [number, number] = barDomain(groups, axis.log === true)
): Picture => {
  const rows = groups.flatMap((group) => group.rows)
  const titles = groups.map((group) => boldWidth(group.title, fontSize.body))
  const names = Math.min(
    width * 0.42,
    14 + greatestOf([...titles, ...rows.map((row) => textWidth(row.label, fontSize.body))])
  )
  const noteAt = (row: BarRow) => boldWidth(row.text, fontSize.body) + 18
  const roomFor = (notes: boolean) =>
    greatestOf(
      rows.map((row) => noteAt(row) + (notes && row.note !== undefined ? textWidth(row.note, fontSize.body) + 8 : 0))
    )
  // Notes give way where they would leave too little for the bars.
  const notes = width - names - roomFor(true) > 0.34 * width
  const room = roomFor(notes)
  const titled = groups.some((group) => group.title !== "")
  let y = 4
  const placed = groups.flatMap((group, g) => {
    if (g > 0) y += groupGap
    const title = { y: y + titleHeight / 2, text: group.title }
    if (titled) y += titleHeight
    return group.rows.map((row, i) => {
      const middle = y + rowHeight / 2
      y += rowHeight
      return { row, middle, title: i === 0 && titled ? title : undefined }
    })
  })
  const height = y + footer
  const log = axis.log === true
  const most = Math.max(2, Math.floor((width - names - room) / 72))
  const ticks = log ? logTicks(...domain, most) : linearTicks(...domain, most)
  const rects = placed.flatMap(({ row, middle }) => {
    let from = log ? domain[0] : 0
    return row.segments.flatMap(({ value, colour: fill }) => {
      const x1 = from
      const x2 = log ? Math.max(value, domain[0]) : from + value
      from = x2
      return x2 > x1 ? [{ x1, x2, y1: middle - 10, y2: middle + 10, fill }] : []
    })
  })
  const frame = plot({
    width,
    height,
    marginLeft: names,
    marginRight: room,
    marginTop: 0,
    marginBottom: footer,
    x: { type: log ? "log" : "linear", domain: [...domain] },
    y: { type: "linear", domain: [height - footer, 0] },
    marks: [
      ...xAxis({ label: axis.label, ticks, format: axis.format }, true),
      Plot.rect(rects, { x1: "x1", x2: "x2", y1: "y1", y2: "y2", fill: "fill", rx: 1.5 }),
      Plot.ruleX([domain[0]], { stroke: colour.axis })
    ]
  })
  const texts = placed.map(({ row, middle, title }) => {
    const end = frame.x(log ? Math.max(total(row), domain[0]) : total(row))
    return (
      (title === undefined
        ? ""
        : label(names - 9, title.y, title.text, { anchor: "end", "font-weight": 600, "font-size": fontSize.body })) +
      label(names - 9, middle, fitText(row.label, fontSize.body, names - 10), {
        anchor: "end",
        "font-size": fontSize.body
      }) +
      label(end + 7, middle, row.text, { "font-size": fontSize.body, "font-weight": 600 }) +
      (row.note === undefined || !notes
        ? ""
        : label(end + noteAt(row), middle, row.note, { "font-size": fontSize.body, fill: colour.muted }))
    )
  })
  return { width, height, body: frame.body + texts.join("") }
}

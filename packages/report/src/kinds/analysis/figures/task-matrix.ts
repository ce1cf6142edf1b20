/** Tasks against the experts that they select most: which experts are hot for every task and which for one. */
import { greatestOf } from "@moira/core/statistics"
import type { TaskProfile } from "@moira/results"
import { key } from "../../../drawing/legend.ts"
import type { Picture } from "../../../drawing/picture.ts"
import { element, label } from "../../../drawing/svg.ts"
import { fitText, textWidth } from "../../../drawing/text.ts"
import { colour, figureWidth, fontSize, hue } from "../../../theme.ts"
import { shortNames } from "./task-names.ts"

type Kind = TaskProfile["kind"]

/** Profiles of a kind at one layer: the middle one of those with the most tasks. */
export const profilesAtOneLayer = (profiles: ReadonlyArray<TaskProfile>, kind: Kind): ReadonlyArray<TaskProfile> => {
  const layers = [
    ...Map.groupBy(
      profiles.filter((p) => p.kind === kind),
      (p) => p.layer
    )
  ]
  const most = Math.max(0, greatestOf(layers.map(([, members]) => members.length)))
  const full = layers.filter(([, members]) => members.length === most).toSorted(([a], [b]) => a - b)
  return full[Math.floor((full.length - 1) / 2)]?.[1] ?? []
}

const groups = [
  { id: "shared", title: "at least half of the tasks", colour: hue.blue },
  { id: "several", title: "several tasks", colour: hue.grey },
  { id: "single", title: "one task only", colour: hue.orange }
] as const

export interface SharedExperts {
  readonly expert: number
  readonly tasks: number
  readonly group: (typeof groups)[number]["id"]
}

/** Experts among the top ones of any task, most widely shared first. */
export const sharing = (profiles: ReadonlyArray<TaskProfile>): ReadonlyArray<SharedExperts> =>
  // Grouping keeps the order of first appearance, so experts of one task stand side by side.
  [
    ...Map.groupBy(
      profiles.flatMap((p) => p.top.map((t) => t.expert)),
      (expert) => expert
    )
  ]
    .map(([expert, members]) => {
      const tasks = members.length
      const group =
        tasks === 1 ? ("single" as const) : tasks * 2 >= profiles.length ? ("shared" as const) : ("several" as const)
      return { expert, tasks, group }
    })
    .toSorted(
      (a, b) =>
        groups.findIndex((g) => g.id === a.group) - groups.findIndex((g) => g.id === b.group) || b.tasks - a.tasks
    )

export const taskMatrix = (profiles: ReadonlyArray<TaskProfile>): Picture => {
  const short = shortNames(profiles.map((p) => p.name))
  const nameOf = ({ name }: TaskProfile) => short.get(name) ?? name
  const experts = sharing(profiles)
  const size = profiles.length > 24 ? fontSize.small : fontSize.body
  const rowHeight = profiles.length > 24 ? 17 : 26
  const left = Math.min(304, 16 + greatestOf(profiles.map((p) => textWidth(nameOf(p), size))))
  const gap = 14
  const present = groups.filter((g) => experts.some((e) => e.group === g.id))
  const pitch = Math.min(34, (figureWidth.full - left - 12 - gap * (present.length - 1)) / experts.length)
  const top = 48
  const greatest = greatestOf(profiles.flatMap((p) => p.top.map((t) => t.share)))
  const radius = Math.min(rowHeight, Math.max(pitch, 7)) * 0.48
  const numbers = pitch >= 22
  const height = top + profiles.length * rowHeight + (numbers ? 44 : 28)
  const places = new Map<number, number>()
  let x = left
  const headings = present.map((group, g) => {
    if (g > 0) x += gap
    const from = x
    const members = experts.filter((e) => e.group === group.id)
    for (const { expert } of members) {
      places.set(expert, x + pitch / 2)
      x += pitch
    }
    return { group, from, to: x, count: members.length }
  })
  const titles = headings.map(({ group, from, to }) =>
    element("line", { x1: from + 1, x2: to - 1, y1: top - 8, y2: top - 8, stroke: group.colour, "stroke-width": 3 })
  )
  const legend = key(
    headings.map(({ group, count }) => ({
      label: `${count} ${count === 1 ? "expert" : "experts"} hot in ${group.title}`,
      colour: group.colour,
      mark: "dot"
    })),
    figureWidth.full
  )
  const byExpert = new Map(experts.map((e) => [e.expert, groups.find((g) => g.id === e.group)!.colour]))
  const rows = profiles.map((profile, i) => {
    const y = top + (i + 0.5) * rowHeight
    return (
      element("line", { x1: left, x2: x, y1: y, y2: y, stroke: colour.grid }) +
      label(left - 9, y, fitText(nameOf(profile), size, left - 12), { anchor: "end", "font-size": size }) +
      profile.top
        .map(({ expert, share }) =>
          element("circle", {
            cx: places.get(expert)!,
            cy: y,
            r: Math.max(1.4, radius * Math.sqrt(share / greatest)),
            fill: byExpert.get(expert)!,
            "fill-opacity": 0.88
          })
        )
        .join("")
    )
  })
  const names = numbers
    ? experts.map(({ expert }) =>
        label(places.get(expert)!, top + profiles.length * rowHeight + 11, String(expert), {
          anchor: "middle",
          "font-size": fontSize.small,
          fill: colour.muted
        })
      )
    : []
  const axis = label((left + x) / 2, height - 12, numbers ? "expert number" : "experts, most widely shared first", {
    anchor: "middle",
    "font-size": fontSize.small + 1,
    fill: colour.muted
  })
  return { width: figureWidth.full, height, body: [legend.body, ...titles, ...rows, ...names, axis].join("") }
}

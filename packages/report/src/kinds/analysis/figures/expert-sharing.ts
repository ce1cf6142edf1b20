import { greatestOf, leastOf } from "@moira/core/statistics"
import type { ExpertSharing, SharingLayer } from "@moira/results"
import * as Plot from "@observablehq/plot"
import { key } from "../../../drawing/legend.ts"
import { column } from "../../../drawing/picture.ts"
import { plot, xAxis, yAxis } from "../../../drawing/plot.ts"
import { logTicks } from "../../../drawing/ticks.ts"
import { spatialOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { colour, figureWidth, hue } from "../../../theme.ts"
import { shortNames } from "./task-names.ts"

const classes = [
  { id: "undecided", title: "hot in some tasks, perhaps by chance", colour: hue.grey },
  { id: "shared", title: "hot in every task", colour: hue.blue },
  { id: "specific", title: "hot in some tasks, by more than chance", colour: hue.orange }
] as const

/** The middle one of the layers shown, of the kind that tells the most: languages, then benchmarks, then subjects. */
const shownOf = (layers: ReadonlyArray<SharingLayer>): SharingLayer | undefined => {
  for (const kind of ["language", "benchmark", "subject"] as const) {
    const detailed = layers.filter((of) => of.kind === kind && !of.degenerate && of.experts.length > 0)
    if (detailed.length > 0) return detailed[Math.floor((detailed.length - 1) / 2)]
  }
  return undefined
}

const floor = 0.05

/** Ob4: each hot expert of one layer in the task that likes it most, against all other tasks. */
export const expertSharing = figure("expert-sharing", "spatial", (evidence) => {
  const layer = shownOf(spatialOf(evidence)?.sharing.layers ?? [])
  if (layer === undefined) return undefined
  const { experts, kind } = layer
  const x = (of: ExpertSharing) => Math.max(floor, of.elsewhere)
  const y = (of: ExpertSharing) => Math.max(floor, of.overMean)
  const domain = [
    Math.max(floor, Math.min(1, 0.8 * leastOf(experts.map(x)))),
    1.3 * Math.max(4, greatestOf(experts.map(y)), greatestOf(experts.map(x)))
  ] as const
  const low = [1.7, domain[1]] as const
  const axis = (most: readonly [number, number]) => ({ ticks: logTicks(...most), format: (v: number) => `${v}×` })
  const frame = plot({
    width: figureWidth.full,
    height: 430,
    marginLeft: 58,
    marginRight: 20,
    marginTop: 32,
    marginBottom: 54,
    x: { type: "log", domain: [...domain], clamp: true },
    y: { type: "log", domain: [...low], clamp: true },
    marks: [
      ...yAxis({ label: `Share in the ${kind} that stands out most, over the mean (log scale)`, ...axis(low) }, 58),
      ...xAxis({ label: `Share in all other ${kind}s together, over the mean (log scale)`, ...axis(domain) }),
      Plot.line(
        [
          [low[0], low[0]],
          [domain[1], domain[1]]
        ],
        { stroke: colour.muted, strokeDasharray: "2 4" }
      ),
      ...classes.map(({ id, colour: fill }) =>
        Plot.dot(
          experts.filter((of) => of.sharing === id),
          { x, y, r: 4.5, fill, fillOpacity: 0.8, stroke: colour.surface }
        )
      )
    ]
  })
  const counts = (id: ExpertSharing["sharing"]) => experts.filter((of) => of.sharing === id).length
  const legend = key(
    classes.map(({ id, title, colour: fill }) => ({
      label: `${counts(id)} ${title}`,
      colour: fill,
      mark: "dot" as const
    })),
    figureWidth.full
  )
  const extreme = experts
    .filter((of) => of.sharing === "specific")
    .reduce<ExpertSharing | undefined>((most, of) => (most === undefined || of.z > most.z ? of : most), undefined)
  const named = extreme === undefined ? undefined : shortNames([extreme.task]).get(extreme.task)
  return {
    title: `Shared and specific experts at layer ${layer.layer}, by ${kind} (Ob4)`,
    caption:
      `Each dot is an expert that takes at least twice the mean share in some ${kind}. On the dashed line it is as hot everywhere else; far above ` +
      `it belongs to its ${kind}.${
        extreme === undefined
          ? ""
          : ` Surest: expert ${extreme.expert} of ${named}, ${extreme.z.toFixed(1)} standard deviations above all requests.`
      }`,
    picture: column([{ width: figureWidth.full, height: 430, body: frame.body }, legend], 8)
  }
})

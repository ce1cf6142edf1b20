import type { PositionDrift } from "@moira/results"
import { lineChart } from "../../../drawing/lines.ts"
import { row } from "../../../drawing/picture.ts"
import { temporalOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { percent, tick } from "../../../format.ts"
import { figureWidth, hue } from "../../../theme.ts"

type MeanWindow = NonNullable<PositionDrift["mean"]>["windows"][number]

const gap = figureWidth.full - 2 * figureWidth.half

/** How long a hot set, and a heatmap of the next token, stay good. */
export const hotSetDrift = figure("hot-set-drift", "temporal", (evidence) => {
  const result = temporalOf(evidence)?.positionDrift
  const means = result?.mean?.windows
  if (result === null || result === undefined || means === undefined) return undefined
  const middle = (w: number) => (result.windows[w]!.from + result.windows[w]!.to - 1) / 2
  const line = (label: string, colour: string, pick: (window: MeanWindow) => number | null) => ({
    label,
    colour,
    points: means.map((window, w) => ({ x: middle(w), y: pick(window) }))
  })
  const band = (pick: (window: MeanWindow) => readonly [number, number] | null) =>
    means.map((window, w) => ({ x: middle(w), interval: pick(window) }))
  const hot = [
    { ...line("same steps", hue.grey, ({ hotOwn }) => hotOwn), dash: "4 3" },
    line("window before", hue.green, ({ hotPrevious }) => hotPrevious),
    { ...line("first steps", hue.blue, ({ hotFirst }) => hotFirst), band: band((window) => window.hotFirstInterval) },
    {
      ...line("prefill", hue.orange, ({ hotPrefill }) => hotPrefill),
      band: band((window) => window.hotPrefillInterval)
    }
  ]
  const relation = [
    { ...line("same steps", hue.grey, ({ relationOwn }) => relationOwn), dash: "4 3" },
    line("first steps", hue.blue, ({ relationFirst }) => relationFirst),
    line("popularity", hue.orange, ({ relationPopularity }) => relationPopularity)
  ]
  const drawn = (lines: ReadonlyArray<(typeof hot)[number]>) =>
    lines.filter(({ points }) => points.some(({ y }) => y !== null))
  const shared = { x: "Decode step (middle of the window)", width: figureWidth.half, height: 330 }
  const panels = [
    { title: "Hot set of the top 20 %, chosen in", lines: drawn(hot), label: "Share of selections covered" },
    {
      title: "Next-token candidates, held out, from",
      lines: drawn(relation),
      label: "Share of next selections covered"
    }
  ].filter(({ lines }) => lines.length > 0)
  if (panels.length === 0) return undefined
  return {
    title: "How long a hot set and a heatmap stay good",
    caption:
      `Top 20 % of experts, by window of ${result.width} decode steps. Left: a set chosen once for all requests, with its 95 % ` +
      "interval over requests; the dashed line is chosen in hindsight. Right: candidates given the expert of the token before, " +
      "learnt on training requests and judged on the others; popularity is that of the first window.",
    picture: row(
      panels.map(({ title, lines, label }) =>
        lineChart({
          ...shared,
          title,
          lines,
          y: { label, domain: [0, 1], format: tick((v) => percent(v, 0)) }
        })
      ),
      gap
    )
  }
})

import { greatestOf } from "@moira/core/statistics"
import { lineChart } from "../../../drawing/lines.ts"
import { row } from "../../../drawing/picture.ts"
import { niceCeil } from "../../../drawing/ticks.ts"
import { temporalOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { figureWidth, hue } from "../../../theme.ts"

/** How far blocks of requests are apart, in trace order, against random orders. */
export const requestDrift = figure("request-drift", "temporal", (evidence) => {
  const result = temporalOf(evidence)?.requestDrift
  const pairs = result?.mean?.pairs
  if (result === null || result === undefined || pairs === undefined) return undefined
  const top = niceCeil(greatestOf(pairs.flatMap(({ distance, floor }) => [distance, floor.high])))
  const panel = (title: string, chosen: typeof pairs) =>
    lineChart({
      title,
      lines: [
        {
          label: "chance, 95 %",
          colour: hue.grey,
          // A single point has no line to dash.
          ...(chosen.length > 1 ? { dash: "4 3" } : {}),
          points: chosen.map(({ b, floor }) => ({ x: b + 1, y: floor.high }))
        },
        { label: "measured", colour: hue.blue, points: chosen.map(({ b, distance }) => ({ x: b + 1, y: distance })) }
      ],
      x: "Block of requests, in trace order",
      y: { label: "Jensen-Shannon distance", domain: [0, top], format: (v) => v.toFixed(2) },
      width: figureWidth.half,
      height: 320
    })
  const { length } = result.blocks
  return {
    title: "Expert use over the requests of the trace",
    caption:
      `Jensen-Shannon distance of expert frequencies between blocks of about ${result.blocks[0]!.to - result.blocks[0]!.from} requests, ` +
      `${length} in trace order; means over layers. Under the dashed line, blocks of the same size in random order are as far apart: ` +
      "that is sampling, not drift.",
    picture: row(
      [
        panel(
          "From the first block",
          pairs.filter(({ a }) => a === 0)
        ),
        panel(
          "From the block before",
          pairs.filter(({ a, b }) => b === a + 1)
        )
      ],
      figureWidth.full - 2 * figureWidth.half
    )
  }
})

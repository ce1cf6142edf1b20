import { greatestOf, leastOf } from "@moira/core/statistics"
import { type Line, lineChart } from "../../../drawing/lines.ts"
import { grid } from "../../../drawing/picture.ts"
import { niceCeil } from "../../../drawing/ticks.ts"
import { figure } from "../../../figure.ts"
import { integer, tick, times } from "../../../format.ts"
import { figureWidth, hue } from "../../../theme.ts"
import { adviceOf, bySlots, settingOf } from "../options.ts"

const colours = [hue.grey, hue.orange, hue.blue, hue.green, hue.brown, hue.purple]

/** What spare slots gain at each batch, with intervals: above 1 they pay, below they cost time. */
export const adviceSpeedup = figure("advice-speedup", "balancing", (evidence) => {
  const documents = adviceOf(evidence).filter(({ advice }) => advice.batches.some((batch) => bySlots(batch).length > 0))
  if (documents.length === 0) return undefined
  const single = documents.length === 1
  return {
    title: "What spare slots gain at each batch",
    caption:
      "Simulated layer step of the contiguous layout over that of layouts with copies of experts in spare slots; at 0 slots experts " +
      "are rearranged. Placed and judged on different requests, with 95 % bands over groups. Below 1 copies cost time.",
    picture: grid(
      documents.map((document) => {
        const { batches } = document.advice
        const options = batches.flatMap(bySlots)
        const highs = options.map(({ speedup, interval }) => interval?.[1] ?? speedup)
        const lows = options.map(({ speedup, interval }) => interval?.[0] ?? speedup)
        const lines = batches.map((batch, i): Line => ({
          label: `batch ${integer(batch.batchTokens)}`,
          colour: colours[i % colours.length]!,
          points: bySlots(batch).map(({ slots, speedup }) => ({ x: slots, y: speedup })),
          band: bySlots(batch).map(({ slots, interval }) => ({ x: slots, interval }))
        }))
        return lineChart({
          title: settingOf(document),
          lines,
          x: "Spare slots a unit",
          y: {
            label: "Speed over contiguous",
            domain: [
              Math.min(0.9, Math.floor(10 * leastOf(lows)) / 10),
              Math.max(1.1, niceCeil(1.02 * greatestOf(highs)))
            ],
            format: tick(times)
          },
          levels: [{ y: 1, label: "contiguous" }],
          width: single ? figureWidth.full : figureWidth.half,
          height: single ? 380 : 330
        })
      }),
      single ? 1 : 2
    )
  }
})

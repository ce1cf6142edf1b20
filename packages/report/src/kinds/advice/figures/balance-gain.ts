import { type Line, lineChart } from "../../../drawing/lines.ts"
import { grid } from "../../../drawing/picture.ts"
import { niceCeil } from "../../../drawing/ticks.ts"
import { figure } from "../../../figure.ts"
import { tick, times } from "../../../format.ts"
import { figureWidth, hue } from "../../../theme.ts"
import { adviceOf, bySlots, settingOf } from "../options.ts"

/** What spare slots gain: held out with its interval, in the order of the trace, and what in-sample figures would promise. */
export const balanceGain = figure("balance-gain", "balancing", (evidence) => {
  const documents = adviceOf(evidence).filter(({ advice }) => bySlots(advice).length > 0)
  if (documents.length === 0) return undefined
  const single = documents.length === 1
  return {
    title: "What spare slots gain",
    caption:
      "Predicted time of the contiguous layout over that of layouts that replicate hot experts into spare slots; at 0 slots experts " +
      "are rearranged. Held out, with its 95 % band, is what to expect; in sample is what the same requests would promise.",
    picture: grid(
      documents.map((document) => {
        const { advice } = document
        const options = bySlots(advice)
        const values = options.flatMap((o) => [o.gain, o.inSampleGain, o.orderedGain ?? 1, o.interval?.[1] ?? 1])
        const lowest = options.flatMap((o) => [o.gain, o.inSampleGain, o.orderedGain ?? 1, o.interval?.[0] ?? 1])
        const top = niceCeil(1.02 * Math.max(...values))
        const lines: ReadonlyArray<Line> = [
          {
            label: "held out",
            colour: hue.blue,
            points: options.map(({ slots, gain }) => ({ x: slots, y: gain })),
            band: options.map(({ slots, interval }) => ({ x: slots, interval }))
          },
          {
            label: "in the order of the trace",
            colour: hue.orange,
            dash: "5 4",
            points: options.map(({ slots, orderedGain }) => ({ x: slots, y: orderedGain }))
          },
          {
            label: "in sample",
            colour: hue.grey,
            dash: "2 3",
            points: options.map(({ slots, inSampleGain }) => ({ x: slots, y: inSampleGain }))
          }
        ].filter(({ points }) => points.some(({ y }) => y !== null))
        return lineChart({
          title: settingOf(document),
          lines,
          x: "Spare slots a unit",
          y: {
            label: "Predicted speed over contiguous",
            domain: [Math.min(1, Math.floor(10 * Math.min(...lowest)) / 10), top],
            format: tick(times)
          },
          levels: advice.bound <= top ? [{ y: advice.bound, label: "perfect balance" }] : [],
          width: single ? figureWidth.full : figureWidth.half,
          height: single ? 380 : 330
        })
      }),
      single ? 1 : 2
    )
  }
})

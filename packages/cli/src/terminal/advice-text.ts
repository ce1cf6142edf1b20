/** Balance advice for people. */
import { type BalanceAdvice, type BalanceOption } from "@moira/results"
import { formatBytes } from "@moira/core"
import { table } from "./table.ts"

const gain = (value: number): string => value.toFixed(3)

const name = ({ layout, slots }: BalanceOption): string =>
  layout === "replicated" ? `${slots} spare ${slots === 1 ? "slot" : "slots"} a unit` : layout

const optionRow = (option: BalanceOption): ReadonlyArray<string> => [
  name(option),
  option.imbalance.toFixed(3),
  (1 / option.imbalance).toFixed(3),
  gain(option.gain),
  option.interval === null ? "–" : option.interval.map(gain).join(" – "),
  option.orderedGain === null ? "–" : gain(option.orderedGain),
  gain(option.inSampleGain),
  option.bytesPerUnit === null ? "–" : formatBytes(option.bytesPerUnit)
]

/** The layers with most to gain. */
const maxLayers = 5

const percent = (share: number | null): string => (share === null ? "not measured" : `${(100 * share).toFixed(0)} %`)

export const adviceText = (advice: BalanceAdvice): string => {
  const { options, persistence, layers, degenerateLayers } = advice
  const header = ["layout", "max/mean", "mean/max", "gain", "interval", "in order", "in sample", "memory a unit"]
  const worst = layers
    .filter(({ degenerate }) => !degenerate)
    .toSorted((a, b) => b.contiguous - a.contiguous)
    .slice(0, maxLayers)
    .map(({ layer, contiguous, advised }) => `${layer} (${contiguous.toFixed(2)} to ${advised.toFixed(2)})`)
  return [
    advice.sentence,
    ...(options.length === 0
      ? []
      : [
          "",
          table(header, options.map(optionRow)),
          "",
          `gain: time of contiguous over time of the layout; bound ${gain(advice.bound)}. How: ${advice.method}.`,
          `persistence: ${percent(persistence.stillHotShare)} of hot experts stay hot; ` +
            `${percent(persistence.retained)} of the in-sample gain is kept held out, ` +
            `${percent(persistence.retainedInOrder)} from the first half of the trace to the second`,
          `most uneven layers, contiguous to advised: ${worst.join(", ")}`
        ]),
    ...(degenerateLayers.length === 0 ? [] : [`degenerate layers, not in the sums: ${degenerateLayers.join(", ")}`]),
    ...advice.notMeasured.map(({ what, why }) => `${what}: ${why}`),
    "",
    "What this leaves out:",
    ...advice.leavesOut.map((line) => `- ${line}`)
  ].join("\n")
}

/** Advice on balancing for people: the answer, every batch and layout, and what to type next. */
import { formatBytes, formatCount, formatPs } from "@moira/core"
import type { Advice, AdviceBatch, AdviceOption } from "@moira/results"
import { table } from "./table.ts"

const times = (value: number): string => value.toFixed(3)
const percent = (share: number | null): string => (share === null ? "not measured" : `${(100 * share).toFixed(0)} %`)

const name = ({ layout, slots }: AdviceOption): string =>
  layout === "replicated" ? `${slots} spare ${slots === 1 ? "slot" : "slots"} a unit` : layout

/** `bound_exchange_share` as `exchange`. */
const part = (metric: string): string => metric.replace(/^bound_|_share$/g, "")

const bound = ({ binds, metrics }: AdviceOption): string =>
  binds === null ? "–" : `${part(binds)} ${percent(metrics[binds] ?? 0)}`

const row = (option: AdviceOption, batch: AdviceBatch, isFirst: boolean): ReadonlyArray<string> => [
  isFirst ? formatCount(batch.batchTokens) : "",
  isFirst ? batch.verdict : "",
  `${name(option)}${option.slots === batch.advisedSlots && option.layout !== "contiguous" ? " *" : ""}`,
  formatPs(option.layerTimePs),
  `${times(option.speedup)} x`,
  option.interval === null ? "–" : option.interval.map(times).join(" – "),
  option.metrics["balancedness"] === undefined ? "–" : times(option.metrics["balancedness"]),
  bound(option),
  formatBytes(option.bytesPerUnit)
]

const header = ["batch", "verdict", "layout", "layer step", "speed-up", "95 %", "balance", "binds", "memory a unit"]

/** How even the load is and whether that lasts: what the times above rest on, and no time itself. */
const evidence = ({ balance }: Advice): ReadonlyArray<string> => {
  if (balance === null || balance.options.length === 0) return []
  const { persistence, bound: most, degenerateLayers } = balance
  return [
    `load     most loaded unit over the mean ${most.toFixed(2)}; ${percent(persistence.stillHotShare)} of hot experts stay hot, ` +
      `${percent(persistence.retained)} of the evenness in sample is kept held out, ${percent(persistence.retainedInOrder)} from the first half to the second`,
    ...(degenerateLayers.length === 0
      ? []
      : [`         degenerate layers, not in these figures: ${degenerateLayers.join(", ")}`])
  ]
}

export const adviceText = (advice: Advice): string => {
  const { batches, memory, machine, units, fittedOn, judgedOn, optimizer } = advice
  const rows = batches.flatMap((batch) => batch.options.map((option, i) => row(option, batch, i === 0)))
  return [
    advice.sentence,
    "",
    `${machine.name}: ${units} units, placed by ${optimizer}`,
    `placed by ${fittedOn}; judged on ${judgedOn}`,
    "",
    table(header, rows),
    "",
    "speed-up layer step of the contiguous layout over this one's, simulated: `place` and `simulate` find the same; * is advised",
    `memory   experts take ${formatBytes(memory.expertsBytes)} of each unit, the KV cache keeps ${formatBytes(memory.kvReserveBytes)}, ` +
      `${formatBytes(memory.copiesBytes)} are there for copies`,
    ...evidence(advice),
    ...advice.notMeasured.map(({ what, why }) => `${what}: ${why}`),
    "",
    "To try it:",
    ...advice.commands.map((command) => `  ${command}`),
    ...advice.engines.map(({ exporter, flags }) => `  ${exporter}: ${flags}`)
  ].join("\n")
}

/** Caches of experts for people: hit rate and tokens/s by size and policy. */
import { formatBytes, formatCount } from "@moira/core"
import { type OffloadDocument, type OffloadResult, type OffloadRun } from "@moira/results"
import { table } from "./table.ts"

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
const rate = (perSecond: number): string =>
  perSecond >= 1000 ? Math.round(perSecond).toLocaleString("en-US") : perSecond.toPrecision(3)

const seriesOf = ({ strategy, prefetch }: OffloadRun): string =>
  prefetch === 0 ? strategy : `${strategy} +${prefetch} ahead`

/** One row a size, one column a policy. */
const bySize = (
  { scope }: OffloadResult,
  runs: ReadonlyArray<OffloadRun>,
  cell: (run: OffloadRun) => string
): string => {
  const series = [...new Set(runs.map(seriesOf))]
  const rows = [...Map.groupBy(runs, ({ slots }) => slots)].map(([slots, ofSize]) => [
    formatCount(slots),
    percent(ofSize[0]!.slotShare),
    ...series.map((name) => {
      const run = ofSize.find((one) => seriesOf(one) === name)
      return run === undefined ? "–" : cell(run)
    })
  ])
  return table([scope === "layer" ? "slots a layer" : "slots in all", "of experts", ...series], rows)
}

const prefetchRows = (
  { scope, prefetchFor }: OffloadResult,
  runs: ReadonlyArray<OffloadRun>
): ReadonlyArray<string> => {
  const ahead = runs.filter(({ prefetch }) => prefetch > 0)
  if (ahead.length === 0) return []
  const rows = ahead.map((run) => [
    formatCount(run.slots),
    seriesOf(run),
    percent(run.metrics["prefetch_accuracy"]!),
    percent(run.metrics["prefetch_coverage"]!),
    percent(run.metrics["late_rate"]!),
    percent(run.metrics["link_utilisation"]!)
  ])
  const header = [
    scope === "layer" ? "slots a layer" : "slots in all",
    "strategy",
    "accuracy",
    "coverage",
    "late",
    "link"
  ]
  return [`Prefetch for the next ${prefetchFor}`, table(header, rows)]
}

export const offloadText = ({ offload }: OffloadDocument): string => {
  const { machines, runs, split, decodeTokens, expertBytes, expertsInAll, notMeasured } = offload
  const { cachePredictor, prefetchPredictor } = offload
  const blocks = machines.flatMap(({ name, unitExperts, tiers }) => {
    const behind = tiers.map((tier) => `${tier.name} ${formatCount(tier.experts)}`).join(", ")
    const ofMachine = runs.filter(({ machine }) => machine === name)
    return [...Map.groupBy(ofMachine, ({ batch }) => batch)].flatMap(([batch, ofBatch]) => [
      `${name}, batch ${formatCount(batch)}: room for ${formatCount(unitExperts)} experts of ${formatBytes(expertBytes)}, the model has ${formatCount(expertsInAll)}; room behind it: ${behind}`,
      "Hit rate",
      bySize(offload, ofBatch, (run) => percent(run.metrics["hit_rate"]!)),
      "Tokens/s through the MoE layers",
      bySize(offload, ofBatch, (run) => rate(run.metrics["throughput_tokens_per_s"]!)),
      ...prefetchRows(offload, ofBatch)
    ])
  })
  const learnt = [
    ...(cachePredictor === null ? [] : [`${cachePredictor} says who makes room`]),
    ...(prefetchPredictor === null ? [] : [`${prefetchPredictor} says what to fetch ahead`])
  ]
  return [
    `${split.train} requests train, ${split.validation} validate, ${split.test} judge with ${formatCount(decodeTokens)} decode tokens${learnt.length === 0 ? "" : `; ${learnt.join(", ")}`}`,
    ...blocks,
    ...notMeasured.map(({ what, why }) => `${what}: ${why}`)
  ].join("\n\n")
}

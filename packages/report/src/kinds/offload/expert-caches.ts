/** How simulations of expert caches are told: panels, series and colours that figures, tables and headlines share. */
import { type Evidence, type OffloadResult, type OffloadRun, resultKinds } from "@moira/results"
import type { Line } from "../../drawing/lines.ts"
import { integer } from "../../format.ts"
import { hue, strategyColours } from "../../theme.ts"

/** The first simulation of caches of experts that the documents hold. */
export const offloadOf = (evidence: Evidence): OffloadResult | undefined => evidence.of(resultKinds.offload)[0]?.offload

const known: ReadonlyMap<string, string> = new Map([
  ["lru", hue.blue],
  ["lfu", hue.orange],
  ["lfu-decayed", hue.brown],
  ["pinned", hue.purple],
  ["predicted", hue.green],
  ["belady", hue.grey]
])

const dashes = ["5 4", "2 3", "9 3", "1 3"]

const seriesOf = ({ strategy, prefetch }: OffloadRun): string =>
  prefetch === 0 ? strategy : `${strategy} +${integer(prefetch)}`

/** What dashed lines are, where there are any. */
export const prefetchNote = ({ runs, prefetchFor, prefetchPredictor }: OffloadResult): string =>
  runs.some(({ prefetch }) => prefetch > 0)
    ? ` Dashed, +N: the N likeliest experts are fetched ahead for the next ${prefetchFor}, by the forecast of ${prefetchPredictor}.`
    : ""

export const slotsTitle = ({ scope }: OffloadResult): string =>
  scope === "layer" ? "Slots of each layer" : "Slots of all layers together"

/** Runs that can be compared: of one machine and batch. */
export const panelsOf = (result: OffloadResult) =>
  [...Map.groupBy(result.runs, ({ machine, batch }) => JSON.stringify([machine, batch]))].map(([, runs]) => ({
    title: `${runs[0]!.machine}, ${runs[0]!.batch === 1 ? "one request at a time" : `batch ${integer(runs[0]!.batch)}`}`,
    runs
  }))

const meanOf = ({ points }: Line): number => points.reduce((sum, { y }) => sum + (y ?? 0), 0) / points.length

/** One line a series over the slots, the highest first, prefetch dashed, with a band where there are intervals. */
export const cacheLines = (
  runs: ReadonlyArray<OffloadRun>,
  value: (run: OffloadRun) => number,
  interval: (run: OffloadRun) => readonly [number, number] | null
): ReadonlyArray<Line> => {
  const spare = strategyColours(runs.map(({ strategy }) => strategy))
  const ahead = [...new Set(runs.map(({ prefetch }) => prefetch))].filter((n) => n > 0)
  const lines = [...Map.groupBy(runs, seriesOf)].map(([label, all]): Line => {
    const points = all.toSorted((a, b) => a.slots - b.slots)
    const { strategy, prefetch } = points[0]!
    const colour = known.get(strategy) ?? spare.get(strategy)!
    const line = { label, colour, points: points.map((run) => ({ x: run.slots, y: value(run) })) }
    if (prefetch > 0) return { ...line, dash: dashes[ahead.indexOf(prefetch) % dashes.length]! }
    return { ...line, band: points.map((run) => ({ x: run.slots, interval: interval(run) })) }
  })
  // Where all lines meet at the end, their names come in the order of the lines.
  return lines.toSorted((a, b) => meanOf(b) - meanOf(a))
}

/**
 * Where acting on more than recency pays most: the policy without oracle or prefetch that is furthest above LRU with as
 * many slots, and what Belady would reach there. Undefined without LRU to compare with.
 */
export const bestOverLru = ({ runs }: OffloadResult) => {
  const plain = runs.filter(({ prefetch }) => prefetch === 0)
  const twin = (run: OffloadRun, strategy: string) =>
    plain.find(
      (one) =>
        one.strategy === strategy && one.machine === run.machine && one.batch === run.batch && one.slots === run.slots
    )
  const hit = (run: OffloadRun | undefined): number | undefined => run?.metrics["hit_rate"]
  return plain
    .flatMap((run) => {
      const lru = twin(run, "lru")
      if (run.knows === "future" || run.strategy === "lru" || lru === undefined) return []
      return [{ run, lru, belady: twin(run, "belady"), gain: (hit(run) ?? 0) - (hit(lru) ?? 0) }]
    })
    .toSorted((a, b) => b.gain - a.gain)[0]
}

import { greatestOf } from "@moira/core/statistics"
import type { OffloadRun } from "@moira/results"
import { lineChart } from "../../../drawing/lines.ts"
import { grid } from "../../../drawing/picture.ts"
import { niceCeil } from "../../../drawing/ticks.ts"
import { offloadOf, cacheLines, panelsOf, prefetchNote, slotsTitle } from "../expert-caches.ts"
import { figure } from "../../../figure.ts"
import { compact, tick } from "../../../format.ts"
import { figureWidth } from "../../../theme.ts"

const rateOf = (run: OffloadRun): number => run.metrics["throughput_tokens_per_s"] ?? 0

/** What it would be with all experts in the unit's own memory. */
const fullSpeed = (runs: ReadonlyArray<OffloadRun>): number | undefined => {
  const share = runs[0]?.metrics["resident_share"]
  return share === undefined || share === 0 ? undefined : rateOf(runs[0]!) / share
}

/** Decode throughput against the size of the cache, one line a policy. */
export const expertCacheSpeed = figure("expert-cache-speed", "caches", (evidence) => {
  const result = offloadOf(evidence)
  if (result === undefined || result.runs.length === 0) return undefined
  const panels = panelsOf(result)
  const single = panels.length === 1
  const between =
    result.betweenPs === 0 ? "of the MoE layers alone" : `with ${compact(result.betweenPs / 1e6)} µs between two layers`
  return {
    title: "Decode throughput against the size of the cache",
    caption:
      `Tokens a second ${between}: a layer step waits for the experts that are not there, one copy after the other. ` +
      `The line across, where it is in reach, is full speed: all experts in the unit's own memory.${prefetchNote(result)}`,
    picture: grid(
      panels.map(({ title, runs }) => {
        const greatest = greatestOf(runs.map((run) => Math.max(rateOf(run), run.throughputInterval?.[1] ?? 0)))
        const top = niceCeil(1.02 * greatest)
        const full = fullSpeed(runs)
        return lineChart({
          title,
          lines: cacheLines(runs, rateOf, (run) => run.throughputInterval),
          x: slotsTitle(result),
          y: {
            label: "Tokens/s through the MoE layers",
            domain: [0, top],
            format: tick(compact)
          },
          ...(full === undefined || full > top ? {} : { levels: [{ y: full, label: "all experts there" }] }),
          width: single ? figureWidth.full : figureWidth.half,
          height: single ? 400 : 330
        })
      }),
      single ? 1 : 2
    )
  }
})

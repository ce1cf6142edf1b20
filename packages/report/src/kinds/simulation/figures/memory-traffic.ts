import { key } from "../../../drawing/legend.ts"
import { column } from "../../../drawing/picture.ts"
import { figure } from "../../../figure.ts"
import { bytes, percent, tick } from "../../../format.ts"
import { metricOf } from "../../../metric.ts"
import { runsOf, settingsOf } from "../runs.ts"
import { figureWidth, hue } from "../../../theme.ts"
import { runBars } from "./run-bars.ts"

const parts = [
  { id: "dram_local_read_bytes", colour: hue.blue },
  { id: "dram_remote_read_bytes", colour: hue.orange },
  { id: "dram_local_write_bytes", colour: hue.purple }
]

/** DRAM traffic of expert weights, local and remote, as in Figure 14 of the study. */
export const memoryTraffic = figure("memory-traffic", "work", (evidence) => {
  const picture = runBars(
    settingsOf(runsOf(evidence)),
    { label: "DRAM traffic of expert weights (bytes)", format: tick(bytes) },
    ({ metrics, strategy }) => {
      const segments = parts.flatMap(({ id, colour }) =>
        metrics[id] === undefined ? [] : [{ value: metrics[id], colour }]
      )
      if (segments.length === 0) return undefined
      const local = metrics["dram_local_read_bytes"]
      const reads = (local ?? 0) + (metrics["dram_remote_read_bytes"] ?? 0)
      const all = segments.reduce((sum, s) => sum + s.value, 0)
      return {
        label: strategy.name,
        segments,
        text: bytes(all),
        ...(local !== undefined && reads > 0 ? { note: `${percent(local / reads, 0)} local` } : {})
      }
    }
  )
  if (picture === undefined) return undefined
  const legend = key(
    parts.map(({ id, colour }) => ({ label: metricOf(id).title, colour })),
    figureWidth.full
  )
  return {
    title: "Where expert weights are read from",
    caption:
      parts.map(({ id }) => `${metricOf(id).title}: ${metricOf(id).definition}`).join("; ") +
      ". Percentages are the local share of reads.",
    picture: column([legend, picture], 10)
  }
})

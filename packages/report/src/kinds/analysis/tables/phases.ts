import type { PrefillDecode } from "@moira/results"
import { temporalOf } from "../found.ts"
import { metricOf } from "../../../metric.ts"
import { column, table } from "../../../table.ts"

const columns = [
  column("rho_frequency", "rho, frequency", "real"),
  column("rho_cross_layer", "rho, cross-layer", "real"),
  column("rho_cross_token", "rho, cross-token", "real"),
  column("overlap_top5", metricOf("overlap_top5").title, "share"),
  column("overlap_top10", metricOf("overlap_top10").title, "share"),
  column("overlap_top20", metricOf("overlap_top20").title, "share"),
  column("rho_frequency_ceiling", "Tokens allow, rho of frequency", "real"),
  column("rho_cross_layer_ceiling", "of cross-layer", "real"),
  column("rho_cross_token_ceiling", "of cross-token", "real"),
  column("overlap_top5_ceiling", "Tokens allow, top 5", "share"),
  column("overlap_top10_ceiling", "top 10", "share"),
  column("overlap_top20_ceiling", "top 20", "share")
]

const figures = (of: PrefillDecode["mean"]): ReadonlyArray<number | null> =>
  [of, of.ceiling].flatMap((all) => [
    all?.rhoFrequency ?? null,
    all?.rhoCrossLayer ?? null,
    all?.rhoCrossToken ?? null,
    all?.overlapTop5 ?? null,
    all?.overlapTop10 ?? null,
    all?.overlapTop20 ?? null
  ])

/** Agreement of prefill and decode, averaged. */
export const phaseMeans = table({ id: "prefill_decode_means", section: "phases", place: "open" }, (evidence) => {
  const result = temporalOf(evidence)?.prefillDecode
  const mean = result?.mean
  return {
    title: "Prefill against decode, means over layers",
    columns: [column("layers", "Layers", "text"), ...columns],
    rows: mean === undefined ? [] : [[result?.layers.filter((l) => !l.degenerate).length ?? null, ...figures(mean)]]
  }
})

/** Agreement of prefill and decode by layer. */
export const phaseLayers = table({ id: "prefill_decode_layers", section: "phases", place: "closed" }, (evidence) => ({
  title: "Prefill against decode by layer",
  columns: [column("layer", "Layer", "text"), column("degenerate", "Degenerate", "flag"), ...columns],
  rows: (temporalOf(evidence)?.prefillDecode?.layers ?? []).map((l) => [l.layer, l.degenerate, ...figures(l)])
}))

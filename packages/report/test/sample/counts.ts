/** A made-up analysis of counts: two workloads with prefill and decode, and one that stands alone. */
import { CountsAnalysisDocument } from "@moira/results"
import { Schema } from "effect"
import { analysis } from "./analysis.ts"
import type { Shape } from "./shape.ts"

const smallShape: Shape = { layers: [3, 4, 5, 6], experts: 16, topK: 2 }

export const counts = (shape: Shape = smallShape): CountsAnalysisDocument => {
  const { popularity } = analysis(shape).spatial!
  const workload = (name: string, phase: "prefill" | "decode", by: number) => ({
    workload: name,
    phase,
    steps: 1,
    selections: 1e9,
    ...popularity,
    layers: popularity.layers.map((of) => ({
      ...of,
      skewMaxOverMean: of.skewMaxOverMean * by,
      coverage: { ...of.coverage, heldOut: null, interval: null }
    })),
    emptyLayers: [0, 1, 2]
  })
  const rho = (layer: number, of: number) => of + 0.05 * Math.sin(layer)
  const phases = (prefill: string, decode: string, of: number) => ({
    prefill,
    decode,
    layers: shape.layers.map((layer) => ({
      layer,
      degenerate: false,
      rhoFrequency: rho(layer, of),
      overlapTop5: 0.6,
      overlapTop10: 0.7,
      overlapTop20: 0.8
    })),
    mean: { rhoFrequency: of, overlapTop5: 0.6, overlapTop10: 0.7, overlapTop20: 0.8 }
  })
  return Schema.decodeUnknownSync(CountsAnalysisDocument)({
    schema: "moira-counts-analysis/1",
    moira: "0.0.0",
    input: {
      model: null,
      title: null,
      contentSha256: "c".repeat(64),
      workloads: 3,
      selections: 3e9,
      layers: shape.layers,
      experts: shape.experts,
      topK: null,
      origin: "eplb-json"
    },
    seed: 1,
    heldOutShare: 0.5,
    workloads: [workload("prefill_short", "prefill", 1), workload("decode_short", "decode", 0.9)],
    phases: [phases("prefill_short", "decode_short", 0.85), phases("prefill_long", "decode_long", 0.7)],
    notMeasured: [{ what: "expert pairs (Ob5)", why: "counts hold no tokens" }]
  })
}

import type { PhaseLayer } from "@moira/results"
import { compareAnalyses, type Measure } from "../compare.ts"
import type { Reproduction } from "../reproduction.ts"

type Rho = "rhoCrossLayer" | "rhoCrossToken" | "rhoFrequency"

const strong = 0.7

/** "Most layers" is more than half of them. */
const strongLayers = (rho: Rho, words: string): Measure => ({
  what: `layers with rho of ${words} of at least ${strong}`,
  unit: "share",
  published: () => ({ atLeast: 0.5 }),
  of: ({ temporal }) => {
    const layers = (temporal?.prefillDecode?.layers ?? []).filter(
      (layer: PhaseLayer) => !layer.degenerate && layer[rho] !== null
    )
    return layers.length === 0 ? null : layers.filter((layer) => layer[rho]! >= strong).length / layers.length
  }
})

const mean = (rho: Rho, words: string): Measure => ({
  what: `mean rho of ${words}`,
  unit: "rho",
  published: () => null,
  of: ({ temporal }) => temporal?.prefillDecode?.mean[rho]
})

/** Figure 6 (Ob3). */
export default {
  contract: "reproduction/v1",
  title: "Figure 6: prefill and decode are alike",
  claim:
    "Spearman's rho between prefill and decode is at least 0.7 in most layers, for both heatmaps and for frequencies.",
  figures: ["prefill-rho"],
  run: (bench) =>
    compareAnalyses(
      bench,
      [
        strongLayers("rhoCrossLayer", "cross-layer heatmaps"),
        mean("rhoCrossLayer", "cross-layer heatmaps"),
        strongLayers("rhoCrossToken", "cross-token heatmaps"),
        mean("rhoCrossToken", "cross-token heatmaps"),
        strongLayers("rhoFrequency", "expert frequencies"),
        mean("rhoFrequency", "expert frequencies")
      ],
      [
        "rho of heatmaps falls with the number of prompt tokens: most cells of a small trace are sampling noise. " +
          "Twins and the real traces at hand have 15 to 24 prompt tokens a request, the study has up to 600."
      ]
    )
} satisfies Reproduction

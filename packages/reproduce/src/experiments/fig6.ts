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

/** Layers where as many tokens of one law would reach it: where these are few, few strong layers say nothing. */
const possibleLayers = (rho: Rho, words: string): Measure => ({
  what: `layers where the number of tokens allows rho of ${words} of ${strong}`,
  unit: "share",
  published: () => null,
  of: ({ temporal }) => {
    const ceilings = (temporal?.prefillDecode?.layers ?? []).flatMap((layer: PhaseLayer) =>
      layer.degenerate ? [] : (layer.ceiling?.[rho] ?? [])
    )
    return ceilings.length === 0 ? null : ceilings.filter((of) => of >= strong).length / ceilings.length
  }
})

const mean = (rho: Rho, words: string): Measure => ({
  what: `mean rho of ${words}`,
  unit: "rho",
  published: () => null,
  of: ({ temporal }) => temporal?.prefillDecode?.mean[rho]
})

const ceiling = (rho: Rho, words: string): Measure => ({
  what: `mean rho of ${words} that the number of tokens allows`,
  unit: "rho",
  published: () => null,
  of: ({ temporal }) => temporal?.prefillDecode?.mean.ceiling?.[rho]
})

const measures = (rho: Rho, words: string): ReadonlyArray<Measure> =>
  [strongLayers, possibleLayers, mean, ceiling].map((measure) => measure(rho, words))

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
        ...measures("rhoCrossLayer", "cross-layer heatmaps"),
        ...measures("rhoCrossToken", "cross-token heatmaps"),
        ...measures("rhoFrequency", "expert frequencies")
      ],
      [
        "rho of heatmaps falls with the number of prompt tokens: most cells of a small trace are sampling noise. " +
          "Twins and the real traces at hand have 15 to 24 prompt tokens a request, the study has up to 600. " +
          "What the number of tokens allows is the larger phase against itself, thinned to the size of the smaller: where no layer could reach 0.7, that none does is no finding."
      ]
    )
} satisfies Reproduction

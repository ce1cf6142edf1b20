/** A made-up evaluation of predictors, of the same trace as the sample analysis. */
import type { ForecastDocument, PredictorResult } from "@moira/results"
import { analysis } from "./analysis.ts"
import type { Shape } from "./shape.ts"

const layersOf = (numbers: ReadonlyArray<number>, recall: number): PredictorResult["layers"] =>
  numbers.map((layer, i) => ({
    layer,
    degenerate: false,
    recall: recall + 0.05 * Math.sin(i / 4),
    interval: [recall - 0.02, recall + 0.02],
    recallTwice: recall + 0.2,
    weights: null
  }))

const predictor = (
  layers: ReadonlyArray<number>,
  id: string,
  title: string,
  lead: PredictorResult["lead"],
  recall: number,
  members: ReadonlyArray<string> = []
): PredictorResult => ({
  id,
  title,
  description: title,
  lead,
  members,
  cost: {
    tableBytes: 7_600_000,
    fitsTable: true,
    layerTableBytes: 131_584,
    fitsOnChip: true,
    unitBytes: 928,
    operations: 2304
  },
  recall: [8, 16].map((n) => ({
    n,
    recall: recall + (n === 8 ? 0 : 0.1),
    interval: [recall - 0.01, recall + 0.12] as const,
    precision: recall,
    lift: recall - 0.13,
    liftInterval: [recall - 0.14, recall - 0.12] as const
  })),
  bitsPerSelection: 7.4,
  caches: [26, 51].map((capacity) => ({
    capacity,
    hitRate: recall + capacity / 200,
    interval: [recall, 0.9] as const,
    fetchesPerToken: 5.7
  })),
  layers: layersOf(layers, recall),
  positions: [0, 1, 2, 4, 8, 16, 32, 64].map((from, i) => ({
    from,
    to: Math.max(from, 2 * from - 1),
    tokens: 70,
    recall: recall + 0.005 * i
  }))
})

export const forecast = (shape?: Shape): ForecastDocument => {
  const { input } = analysis(shape)
  const { layers } = input
  return {
    schema: "moira-forecast/1",
    moira: "0.0.0",
    input,
    seed: 1,
    forecast: {
      split: { train: 120, validation: 48, test: 72 },
      testTokens: 9000,
      topK: 8,
      predictors: [
        predictor(layers, "popularity", "Popularity", "token", 0.13),
        predictor(layers, "last-token", "Last token", "token", 0.15),
        predictor(layers, "cross-token", "Cross-token heatmap", "token", 0.17),
        predictor(layers, "cross-layer", "Cross-layer heatmap", "layer", 0.21),
        predictor(layers, "mixture", "Mixture", "layer", 0.27, ["popularity", "cross-token", "cross-layer"])
      ],
      references: [26, 51].map((capacity) => ({
        capacity,
        lru: 0.2 + capacity / 200,
        lruInterval: [0.2, 0.5] as const,
        lruFetchesPerToken: 5.1,
        belady: 0.4 + capacity / 200
      })),
      comparisons: [
        { predictor: "mixture", against: "cross-layer", n: 8, difference: 0.06, interval: [0.05, 0.07] },
        { predictor: "mixture", against: "cross-token", n: 8, difference: 0.1, interval: null }
      ],
      degenerateLayers: [],
      notMeasured: [{ what: "lift", why: "a made-up reason" }]
    }
  }
}

import type { AnalysisDocument } from "@moira/results"
import { compareAnalyses } from "../compare.ts"
import type { Reproduction } from "../reproduction.ts"

/** Experts that are among the first `n` of both languages at the first drawn layer. */
const sharedByLanguages = ({ spatial }: AnalysisDocument, n: number): number | null => {
  const profiles = (spatial?.profiles ?? []).filter(({ kind }) => kind === "language")
  const layer = profiles[0]?.layer
  const [a, b] = profiles.filter((profile) => profile.layer === layer)
  if (a === undefined || b === undefined) return null
  const hot = new Set(a.top.slice(0, n).map(({ expert }) => expert))
  return b.top.slice(0, n).filter(({ expert }) => hot.has(expert)).length
}

/** Figure 8 (Ob4): Llama 4, layer 7; the other models stand beside it. */
export default {
  contract: "reproduction/v1",
  title: "Figure 8: some experts are hot, and tasks and languages have their own",
  claim:
    "The hottest expert of Llama 4's layer 7 takes more than 16 times the mean; of the 5 to 6 hot experts of one language 2 are hot in the other.",
  figures: [
    "skew",
    "popularity-heatmap",
    "subject-experts",
    "language-experts",
    "subject-distances",
    "language-distances"
  ],
  run: (bench) =>
    compareAnalyses(
      bench,
      [
        {
          what: "hottest expert over the mean at layer 7",
          unit: "times",
          published: ({ model }) => (model.id === "llama4-maverick" ? { atLeast: 16 } : null),
          of: ({ spatial }) => spatial?.popularity.layers.find(({ layer }) => layer === 7)?.skewMaxOverMean
        },
        {
          what: "hottest expert over the mean, mean of layers",
          unit: "times",
          published: () => null,
          of: ({ spatial }) => spatial?.popularity.mean?.skewMaxOverMean
        },
        {
          what: "of the 6 hottest experts of one language, hot in the other",
          unit: "count",
          published: ({ model }) => (model.id === "llama4-maverick" ? { value: 2 } : null),
          of: (document) => sharedByLanguages(document, 6)
        }
      ],
      [
        "Twins have two languages; the real Llama 4 traces at hand are English MMLU alone, so the language row needs others."
      ]
    )
} satisfies Reproduction

import { compareAnalyses, type Measure } from "../compare.ts"
import type { Reproduction } from "../reproduction.ts"

const overlap = (n: 5 | 10 | 20, value: number): Measure => ({
  what: `top ${n} experts of prefill among the top ${n} of decode`,
  unit: "share",
  published: () => ({ value }),
  of: ({ temporal }) => temporal?.prefillDecode?.mean[`overlapTop${n}`]
})

const ceiling = (n: 5 | 10 | 20): Measure => ({
  what: `top ${n} that the number of tokens allows`,
  unit: "share",
  published: () => null,
  of: ({ temporal }) => temporal?.prefillDecode?.mean.ceiling?.[`overlapTop${n}`]
})

/** Figure 7 (Ob3). */
export default {
  contract: "reproduction/v1",
  title: "Figure 7: the hot experts of the prompt stay hot",
  claim: "About 60, 75 and 90 % of the top 5, 10 and 20 experts of prefill are among those of decode.",
  figures: ["prefill-overlap"],
  run: (bench) =>
    compareAnalyses(bench, [overlap(5, 0.6), ceiling(5), overlap(10, 0.75), ceiling(10), overlap(20, 0.9), ceiling(20)])
} satisfies Reproduction

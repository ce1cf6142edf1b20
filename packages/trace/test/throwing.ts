/** An analysis that fails in whatever thread it runs. */
import type { Analysis } from "../src/analysis.ts"
import { inline } from "./histogram.ts"

export default {
  ...inline,
  id: "throwing",
  accumulator: (context, options) => ({
    ...inline.accumulator(context, options),
    add: () => {
      throw new Error("odd layer")
    }
  })
} satisfies Analysis

/** The expert that a forecast thinks least likely to come next makes room. */
import type { CachePolicy } from "../cache-policy.ts"
import { makeHeld } from "../core/held.ts"

/** Ties go to the one that was used longest ago, as where nothing forecasts. */
const forecastDriven: CachePolicy = {
  contract: "cache/v1",
  id: "predicted",
  title: "Predicted: the least likely of the forecast makes room",
  knows: "forecast",
  prepare: ({ keys, busy, scores }) => {
    const held = makeHeld(keys)
    const usedAt = new Float64Array(keys)
    let now = 0
    return {
      insert: held.add,
      use: (key) => {
        usedAt[key] = ++now
      },
      evict: () => held.takeLeast(scores, usedAt, busy)
    }
  }
}

export default forecastDriven

import { assert, it } from "@effect/vitest"
import { overviewLoads } from "../src/overview-loads.ts"

it("says how many choices and how hot the hottest expert is, by plain arithmetic", () => {
  // Two tasks, two layers, two experts and an id that does no work.
  const rows = [
    [3, 1, 9, 2, 2, 0],
    // Nothing that works at the first layer.
    [0, 0, 5, 4, 0, 0],
    [0, 0, 0, 0, 0, 0],
    [1, 0, 0, 1, 1, 1]
  ]
  const counts = Float64Array.from(rows.flat())
  const loads = overviewLoads({ tasks: ["a", "b"], layers: [3, 5], ids: 3, counts }, 2)
  assert.deepStrictEqual(loads, [
    { task: "a", phase: "prefill", selections: 8, hottest: { least: 1, mean: 1.25, greatest: 1.5 } },
    { task: "a", phase: "decode", selections: 4, hottest: { least: 2, mean: 2, greatest: 2 } },
    { task: "b", phase: "prefill", selections: 0, hottest: { least: 0, mean: 0, greatest: 0 } },
    { task: "b", phase: "decode", selections: 3, hottest: { least: 1, mean: 1.5, greatest: 2 } }
  ])
})

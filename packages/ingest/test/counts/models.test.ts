/** Which model a table of counts is of, and what of it is load. */
import { assert, it } from "@effect/vitest"
import { makeModel } from "@moira/core/testing"
import { labelRows } from "../../src/counts/parts/layers.ts"
import { asWorkload } from "../../src/counts/parts/workloads.ts"

const about = { workload: "w", phase: "both", source: "w.json", sha256: "", notes: [] } as const

it("columns of zero experts are left out, and said", () => {
  const model = makeModel({ experts: 3, zeroExperts: 2, topK: 2 })
  const values = Float64Array.from({ length: 4 * 5 }, (_, i) => i)
  const workload = asWorkload(about, { shape: [4, 5], values }, model)
  assert.strictEqual(workload.experts, 3)
  assert.deepStrictEqual([...workload.counts], [0, 1, 2, 5, 6, 7, 10, 11, 12, 15, 16, 17])
  assert.match(workload.notes.join(), /counts of 2 zero experts are left out/)
  const real = asWorkload(about, { shape: [4, 3], values: values.subarray(0, 12) }, model)
  assert.deepStrictEqual([real.experts, real.notes], [3, []])
  assert.throws(() => asWorkload(about, { shape: [4, 4], values: values.subarray(0, 16) }, model), /4 experts/)
})

/** A count of every expert in every row but the dense ones. */
const counts = (rows: number, experts: number, dense: number) =>
  Float64Array.from({ length: rows * experts }, (_, i) => (i < dense * experts ? 0 : 1))

it("a table without a name is taken by its shape where no trace tells the models apart, and that is said", () => {
  const lite = labelRows(undefined, 27, 64, counts(27, 64, 1))
  assert.strictEqual(lite.model?.id, "deepseek-v2-lite")
  assert.match(lite.notes.join(), /no model is named: taken for deepseek-v2-lite by its shape .*moonlight-16b shares/)
  const own = labelRows(undefined, 27, 64, counts(27, 64, 2))
  assert.isUndefined(own.model)
  assert.match(own.notes.join(), /no model named/)
})

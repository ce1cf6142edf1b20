// What a forecast of drift is worth: DeepSeek-671B placed by the prefill of one workload, drifted as the other one did, judged on its decode.
//   node --conditions=@moira/source scripts/place/forecast-drift.ts
import { findModel } from "../../packages/core/src/index.ts"
import { mean, sum } from "../../packages/core/src/statistics.ts"
import { driftedCounts } from "../../packages/pipeline/src/place/drifted.ts"
import { balancedness, unitLoads } from "../../packages/placement/src/index.ts"
import { globalShape, makeRebalance } from "../../packages/placement/src/optimizers/eplb/rebalance.ts"
import { makeSearch } from "../../packages/placement/src/optimizers/moira/search.ts"
import { measuredLoads, type Loads, type Rows } from "./loads.ts"

const model = findModel("deepseek-v3")!
const { experts } = model
const groups = model.routing!.groups
const [first, second] = measuredLoads()
if (first === undefined || second === undefined) throw new Error("no DeepSeek counts at ../shared/data")

/** Logarithms of decode over prefill, less the layer's mean. */
const drifts = ({ fit, heldOut }: Loads): ReadonlyArray<Float64Array> =>
  fit.map((before, l) => {
    const after = heldOut[l]!
    const [was, is] = [sum(before), sum(after)]
    const logs = Float64Array.from(before, (count, e) => Math.log((after[e]! + 0.5) / is / ((count + 0.5) / was)))
    const average = mean(logs)
    return logs.map((log) => log - average)
  })

const products = (a: ReadonlyArray<Float64Array>, b: ReadonlyArray<Float64Array>) =>
  mean(a.map((row, l) => mean(row.map((value, e) => value * b[l]![e]!))))
const [one, other] = [drifts(first), drifts(second)]
const together = products(one, other)
const [ofOne, ofOther] = [products(one, one), products(other, other)]
console.log(`Drift of the one on that of the other, logarithms: correlation ${(together / Math.sqrt(ofOne * ofOther)).toFixed(2)},
slopes ${(together / ofOther).toFixed(2)} (${first.name} on ${second.name}) and ${(together / ofOne).toFixed(2)} (the other way).\n`)

const balanceOf = (layers: ReadonlyArray<Int32Array>, units: number, rows: Rows) =>
  mean(layers.map((slots, l) => balancedness(unitLoads(slots, slots.length / units, rows[l]!).choices, units)))

const byEplb = (units: number, slotsPerUnit: number, rows: Rows) => {
  const rebalance = makeRebalance(
    globalShape({ experts, replicas: units * slotsPerUnit, groups, nodes: 1, gpus: units })
  )
  return rows.map((counts) => {
    const slots = new Int32Array(units * slotsPerUnit)
    rebalance(counts, slots)
    return slots
  })
}
const byMoira = (units: number, slotsPerUnit: number, rows: Rows) => {
  const search = makeSearch({ units, slotsPerUnit, experts, groups })
  return rows.map((counts, l) => {
    search.balance(counts, l + 1)
    return search.state.slots.slice()
  })
}

const printRow = (cells: ReadonlyArray<string | number>) => console.log(`| ${cells.join(" | ")} |`)
const policies = { "EPLB (global)": byEplb, Moira: byMoira }
const head = [
  "units",
  "slots a unit",
  "judged on",
  "placed by",
  "prefill",
  "forecast",
  "decode of the other",
  "decode itself"
]
printRow(head)
printRow(head.map(() => "---"))
for (const [units, slotsPerUnit] of [
  [8, 33],
  [32, 9],
  [64, 5],
  [144, 2]
] as const)
  for (const [of, earlier] of [
    [first, second],
    [second, first]
  ] as const)
    for (const [name, place] of Object.entries(policies)) {
      const forecast = of.fit.map((row, l) =>
        driftedCounts(Float64Array.from(row), earlier.fit[l]!, earlier.heldOut[l]!)
      )
      const judged = [of.fit, forecast, earlier.heldOut, of.heldOut].map((rows) =>
        balanceOf(place(units, slotsPerUnit, rows), units, of.heldOut).toFixed(3)
      )
      printRow([units, slotsPerUnit, of.name, name, ...judged])
    }

import { existsSync, readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { balancedness, unitLoads } from "../src/loads/unit-loads.ts"
import { random, substream } from "@moira/core"
import { eplbFault, globalShape, makeRebalance } from "../src/optimizers/eplb/rebalance.ts"
import { plainEplb } from "./plain-eplb.ts"

/** The case that the reference publishes with its answer. */
const published = {
  shape: { experts: 12, replicas: 16, groups: 4, nodes: 2, gpus: 8 },
  weight: [
    [90, 132, 40, 61, 104, 165, 39, 4, 73, 56, 183, 86],
    [20, 107, 104, 64, 19, 197, 187, 157, 172, 86, 16, 27]
  ],
  slots: [
    [5, 6, 5, 7, 8, 4, 3, 4, 10, 9, 10, 2, 0, 1, 11, 1],
    [7, 10, 6, 8, 6, 11, 8, 9, 2, 4, 5, 1, 5, 0, 3, 1]
  ]
}

const rebalance = (weight: ReadonlyArray<number>, shape: Parameters<typeof makeRebalance>[0]): Int32Array => {
  const slots = new Int32Array(shape.replicas).fill(-1)
  makeRebalance(shape)(weight, slots)
  return slots
}

const loadsOf = (slots: Int32Array, weight: ReadonlyArray<number>) => unitLoads(slots, 2, weight).choices

it("equals the reference on its published case, slot for slot", () => {
  published.weight.forEach((weight, row) =>
    assert.deepStrictEqual([...rebalance(weight, published.shape)], published.slots[row])
  )
})

it("gives the published case's unit loads and balance", () => {
  const [first, second] = published.weight as [Array<number>, Array<number>]
  const loads = loadsOf(rebalance(first, published.shape), first)
  assert.deepStrictEqual([...loads], [121.5, 86.5, 125, 113, 147.5, 131.5, 156, 152])
  assert.closeTo(balancedness(loads), 0.8277, 5e-5)
  assert.closeTo(balancedness(loadsOf(rebalance(second, published.shape), second)), 0.805, 5e-5)
  const forced = published.weight.map((weight) =>
    balancedness(loadsOf(rebalance(weight, globalShape(published.shape)), weight))
  )
  assert.closeTo(forced[0]!, 0.9323, 5e-5)
  assert.closeTo(forced[1]!, 0.8401, 5e-5)
})

it("equals the plain telling on 500 seeded cases, ties, zeros and loads beyond 2^24 among them", () => {
  const { below, uniform } = random(11)
  for (let run = 0; run < 500; run++) {
    const nodes = 1 + below(3)
    const gpus = nodes * (1 + below(4))
    const groups = below(4) === 0 ? 1 : nodes * (1 + below(3))
    const experts = groups * (1 + below(8)) * (groups % nodes === 0 ? 1 : nodes)
    const perGpu = Math.ceil(experts / gpus) + below(4)
    const shape = { experts, replicas: perGpu * gpus, groups, nodes, gpus }
    const used = groups % nodes === 0 ? shape : globalShape(shape)
    assert.isUndefined(eplbFault(used), JSON.stringify(shape))
    const draw = [() => below(4), () => below(1000), () => 2 ** 24 + below(9), () => 1 / (0.01 + uniform())][run % 4]!
    const weight = Array.from({ length: experts }, draw)
    assert.deepStrictEqual(
      [...rebalance(weight, used)],
      plainEplb(weight, shape.replicas, groups, nodes, gpus),
      `run ${run}: ${JSON.stringify(shape)}`
    )
  }
})

it("keeps nothing from one layer to the next", () => {
  const { shape } = published
  const { below } = random(substream(1, "layers"))
  const one = makeRebalance(shape)
  const slots = new Int32Array(shape.replicas)
  for (let layer = 0; layer < 20; layer++) {
    const weight = Array.from({ length: shape.experts }, () => below(50))
    one(weight, slots)
    assert.deepStrictEqual(slots, rebalance(weight, shape))
  }
})

it("names what the reference would assert", () => {
  const { shape } = published
  assert.match(eplbFault({ ...shape, replicas: 8 })!, /12 experts are more than 8 slots/)
  assert.match(eplbFault({ ...shape, replicas: 17 })!, /17 slots do not divide by 8 units/)
  assert.match(eplbFault({ ...shape, groups: 5 })!, /do not divide into 5 groups/)
  assert.match(eplbFault({ ...shape, groups: 3 })!, /3 groups do not divide by 2 servers/)
  assert.match(eplbFault({ ...shape, gpus: 6, nodes: 4, replicas: 18 })!, /6 units do not divide by 4 servers/)
})

const counts = new URL("../../../../shared/data/traces/deepseek-671b-counts/decode_in1000out1000.json", import.meta.url)
const present = existsSync(counts)
if (!present) console.warn(`skipped: EPLB on DeepSeek's counts, which are not at ${counts.pathname}`)

it.skipIf(!present)(
  "equals the plain telling on DeepSeek's counts, from 8 to 64 units, hierarchical and global",
  () => {
    const { logical_count: recorded } = JSON.parse(readFileSync(counts, "utf8")) as {
      readonly logical_count: ReadonlyArray<ReadonlyArray<number>>
    }
    const rows = recorded.filter((row) => row.some((count) => count > 0))
    assert.isAbove(rows.length, 50)
    for (const [gpus, replicas, nodes] of [
      [8, 256, 1],
      [32, 288, 4],
      [64, 320, 8],
      [64, 320, 1]
    ] as const) {
      const one = makeRebalance({ experts: 256, replicas, groups: 8, nodes, gpus })
      const all = makeRebalance({ experts: 256, replicas, groups: 1, nodes: 1, gpus })
      const slots = new Int32Array(replicas)
      for (const [l, row] of rows.entries()) {
        one(row, slots)
        assert.deepStrictEqual([...slots], plainEplb(row, replicas, 8, nodes, gpus), `${gpus} units, row ${l}`)
        all(row, slots)
        assert.deepStrictEqual([...slots], plainEplb(row, replicas, 1, 1, gpus), `${gpus} units, global, row ${l}`)
      }
    }
  }
)

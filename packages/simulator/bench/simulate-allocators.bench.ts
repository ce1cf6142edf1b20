/** What deciding one layer step takes: 384 experts (Kimi K2) at batch 16,384 on 25 dies, skewed as routers are. */
import { compare } from "@moira/bench"
import { costModel, holdersOf, makePlacement } from "@moira/hardware"
import { meshFabric } from "@moira/hardware/testing"
import algorithm1 from "@moira/allocation/allocators/algorithm-1"
import atHome from "@moira/allocation/allocators/at-home"
import balance from "@moira/allocation/allocators/balance"
import even from "@moira/allocation/allocators/even"
import { type AllocationPolicy } from "@moira/allocation"
import { random } from "@moira/core"

const [columns, rows, experts, tokens] = [5, 5, 384, 16_384 * 8]
const units = columns * rows
const fabric = meshFabric(columns, rows)
const placement = makePlacement({ units, experts, layers: [0] }, (_, e) => [Math.floor((e * units) / experts)])
const holders = holdersOf(placement, 0)
const steps = Array.from({ length: 50 }, (_, seed) => {
  const { uniform } = random(seed)
  const weights = Array.from({ length: experts }, () => 1 / (0.05 + uniform()))
  const all = weights.reduce((a, b) => a + b, 0)
  return Uint32Array.from(weights, (weight) => (tokens * weight) / all)
})
const allocation = new Uint32Array(experts * units)
const run = (policy: AllocationPolicy) => {
  const allocate = policy.prepare({ fabric, experts, cost: costModel(fabric, 88e6, 88e6), blockTokens: 50 })
  return () => {
    for (const requests of steps) allocate(requests, holders, allocation.fill(0))
  }
}
await compare(
  "allocating a layer step, 384 experts, batch 16,384, 25 dies",
  [even, atHome, algorithm1, balance].map((policy) => ({
    name: policy.id,
    run: run(policy),
    amount: steps.length,
    unit: "layer steps"
  }))
)

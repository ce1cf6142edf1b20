import { assert, it } from "@effect/vitest"
import { type Fabric, unitTime, type Placement } from "@moira/hardware"
import { meshFabric } from "@moira/hardware/testing"
import affinity from "../src/optimizers/affinity.ts"
import best from "../src/optimizers/best.ts"
import { chosenShares, copiesOf, expectedUnitLoads, layerTimePs, shapeOf, unitLoads } from "../src/loads/unit-loads.ts"
import contiguous from "../src/optimizers/contiguous.ts"
import dup from "../src/optimizers/dup.ts"
import eplb from "../src/optimizers/eplb/index.ts"
import eplbGlobal from "../src/optimizers/eplb-global.ts"
import milp from "../src/optimizers/milp/index.ts"
import moira from "../src/optimizers/moira/index.ts"
import { type PlacementInput, type PlacementPolicy } from "../src/optimizer.ts"
import randomPlacement from "../src/optimizers/random.ts"
import remap from "../src/optimizers/remap.ts"
import roundRobin from "../src/optimizers/round-robin.ts"
import separatePairs from "../src/optimizers/separate-pairs.ts"
import taskAware from "../src/optimizers/task-aware.ts"
import worst from "../src/optimizers/worst.ts"
import { catalogue, findModel, random } from "@moira/core"
import { Effect } from "effect"
import { transitionHops } from "../src/search/hop-cost.ts"
import { pairsOnOneUnit } from "../src/search/pair-load.ts"
import { timeTolerance } from "../src/search/swap-within.ts"

const mixtral = catalogue.find(({ id }) => id === "mixtral-8x7b")!

interface Case {
  readonly units: number
  readonly experts: number
  readonly spareSlots: number
  readonly seed: number
  readonly batchTokens?: number
}

/** Three layers of a model with skewed experts, some of them never chosen. */
const inputOf = ({ units, experts, spareSlots, seed, batchTokens = 4096 }: Case): PlacementInput => {
  const { below, uniform } = random(seed)
  const layers = [0, 1, 2]
  const rows = () =>
    layers.map(() => Uint32Array.from({ length: experts }, () => (below(8) === 0 ? 0 : 100 / (0.05 + uniform()))))
  const pairs = layers.map(() => {
    const table = new Uint32Array(experts ** 2)
    for (let i = 0; i < experts; i++)
      for (let j = 0; j < i; j++)
        table[i * experts + j] = table[j * experts + i] = below(4) === 0 ? below(300) : below(9)
    return table
  })
  const transitions = [0, 1].map(() =>
    Uint32Array.from({ length: experts ** 2 }, () => (below(6) === 0 ? below(400) : below(5)))
  )
  return {
    model: { ...mixtral, experts },
    layers,
    fabric: meshFabric(units, 1, { taskOverheadPs: 1_000_000 }),
    expertBytes: 3 * mixtral.hidden * mixtral.expertFfn,
    spareSlots,
    counts: rows(),
    judgedOn: rows(),
    coActivation: pairs,
    transitions,
    workloads: [
      { name: "one", counts: rows() },
      { name: "other", counts: rows() }
    ],
    batchTokens
  }
}

const cases: ReadonlyArray<Case> = [0, 1, 2, 3].flatMap((seed) => [
  { units: 4, experts: 16, spareSlots: 0, seed },
  { units: 4, experts: 16, spareSlots: 2, seed, batchTokens: 16 },
  { units: 5, experts: 24, spareSlots: 1, seed },
  { units: 8, experts: 32, spareSlots: 1, seed, batchTokens: 128 },
  { units: 6, experts: 8, spareSlots: 1, seed }
])

const timeOf = (placement: Placement, input: PlacementInput, counts: ReadonlyArray<ArrayLike<number>>) => {
  const time = unitTime(input.fabric, shapeOf(input))
  return placement.physicalToLogical.map((slots, l) =>
    layerTimePs(
      time,
      expectedUnitLoads(slots, placement.slotsPerUnit, chosenShares(counts[l]!, input.model.topK), input.batchTokens!)
    )
  )
}

const place = (policy: PlacementPolicy, input: PlacementInput) => Effect.runSync(policy.place(input))

/** How much longer one takes than the other, in the layer where it is longest. */
const slowestOver = (a: ReadonlyArray<number>, b: ReadonlyArray<number>) => Math.max(...a.map((ps, l) => ps / b[l]!))
const rounding = 1 + 1e-9

it("remap and dup are never slower than contiguous on the counts that they see", () => {
  for (const of of cases) {
    const input = inputOf(of)
    const before = timeOf(place(contiguous, input), input, input.counts!)
    for (const policy of [remap, dup])
      assert.isAtMost(
        slowestOver(timeOf(place(policy, input), input, input.counts!), before),
        rounding,
        `${policy.id} ${JSON.stringify(of)}`
      )
  }
})

it("dup leaves every expert where it was", () => {
  const input = inputOf({ units: 4, experts: 16, spareSlots: 2, seed: 7 })
  const placement = place(dup, input)
  const before = place(contiguous, input)
  placement.physicalToLogical.forEach((slots, l) => {
    for (let u = 0; u < 4; u++)
      assert.deepStrictEqual(
        [...slots.subarray(u * placement.slotsPerUnit, u * placement.slotsPerUnit + before.slotsPerUnit)],
        [...before.physicalToLogical[l]!.subarray(u * before.slotsPerUnit, (u + 1) * before.slotsPerUnit)]
      )
  })
  assert.isTrue(placement.physicalToLogical.some((slots) => slots.filter((e) => e >= 0).length > 16))
})

it("no other is faster than best on the traffic that is judged, whatever it looked at", { timeout: 60_000 }, () => {
  for (const of of cases) {
    const input = inputOf(of)
    const judged = { ...input, counts: input.judgedOn! }
    const fastest = timeOf(place(best, input), input, input.judgedOn!)
    for (const policy of [
      contiguous,
      roundRobin,
      randomPlacement,
      remap,
      dup,
      eplb,
      eplbGlobal,
      worst,
      separatePairs,
      affinity,
      taskAware,
      moira
    ])
      for (const seen of [input, judged])
        assert.isAtMost(
          slowestOver(fastest, timeOf(place(policy, seen), input, input.judgedOn!)),
          rounding,
          `${policy.id} ${JSON.stringify(of)}`
        )
  }
})

it("nothing without copies loads a unit more than worst", () => {
  for (const of of cases) {
    const input = { ...inputOf(of), spareSlots: 0 }
    const mostOf = (policy: PlacementPolicy) => {
      const { physicalToLogical, slotsPerUnit } = place(policy, input)
      return physicalToLogical.map((slots, l) =>
        Math.max(...unitLoads(slots, slotsPerUnit, input.judgedOn![l]!).choices)
      )
    }
    const most = mostOf(worst)
    for (const policy of [contiguous, roundRobin, randomPlacement, remap])
      mostOf(policy).forEach((load, l) => assert.isAtMost(load, most[l]!, policy.id))
  }
})

it("random draws another order for another seed and another layer", () => {
  const input = inputOf({ units: 4, experts: 16, spareSlots: 0, seed: 1 })
  const rows = [1, 2].flatMap((seed) => place(randomPlacement, { ...input, seed }).physicalToLogical)
  assert.strictEqual(new Set(rows.map((row) => row.join())).size, 6)
})

it("separate-pairs puts pairs apart and keeps the layer's time", () => {
  for (const of of cases) {
    const input = inputOf(of)
    const balanced = place(remap, input)
    const placement = place(separatePairs, input)
    const pairs = ({ physicalToLogical, slotsPerUnit, experts }: Placement) =>
      physicalToLogical.map((slots, l) =>
        pairsOnOneUnit(slots, slotsPerUnit, copiesOf(slots, experts), input.coActivation![l]!)
      )
    const sum = (values: ReadonlyArray<number>) => values.reduce((a, b) => a + b, 0)
    if (of.experts > of.units * 2)
      assert.isBelow(sum(pairs(placement)), 0.95 * sum(pairs(balanced)), JSON.stringify(of))
    const limit = timeOf(balanced, input, input.counts!).map((ps) => ps * (1 + timeTolerance))
    assert.isAtMost(slowestOver(timeOf(placement, input, input.counts!), limit), rounding, JSON.stringify(of))
  }
})

it("affinity saves hops between layers and keeps each layer's time", () => {
  for (const of of cases) {
    const input = inputOf(of)
    const hops = (placement: Placement) => {
      const layers = placement.physicalToLogical.map((slots) => ({ slots, copies: copiesOf(slots, placement.experts) }))
      return input.transitions!.reduce(
        (sum, moved, l) =>
          sum + transitionHops(input.fabric, placement.slotsPerUnit, layers[l]!, layers[l + 1]!, moved),
        0
      )
    }
    const balanced = place(remap, input)
    const placement = place(affinity, input)
    assert.isBelow(hops(placement), 0.97 * hops(balanced), JSON.stringify(of))
    const limit = timeOf(balanced, input, input.counts!).map((ps) => ps * (1 + timeTolerance))
    assert.isAtMost(slowestOver(timeOf(placement, input, input.counts!), limit), rounding, JSON.stringify(of))
  }
})

it("hops are what a token-by-token count gives", () => {
  const fabric: Pick<Fabric, "units" | "hops"> = { units: 3, hops: Uint16Array.of(0, 1, 2, 5, 0, 1, 2, 1, 0) }
  const from = { slots: [0, 1, 0], copies: [2, 1] }
  const to = { slots: [1, 0, -1], copies: [1, 1] }
  // Expert 0 on units 0 and 2, expert 1 on unit 1; next expert 1 on unit 0, expert 0 on unit 1.
  const moved = [10, 4, 3, 8]
  // From 1 or 2 to 1 it is a hop, from 0 to 0 none, from 2 to 0 two; from 1 to 0 five, and from 1 to 1 none.
  const expected = (10 * (1 + 1)) / 2 + (4 * (0 + 2)) / 2 + 8 * 5
  assert.strictEqual(transitionHops(fabric, 1, from, to, moved), expected)
})

it(
  "task-aware is at least as fast in the mean of its workloads as placements that know one or their sum",
  { timeout: 60_000 },
  () => {
    for (const of of cases) {
      const input = inputOf(of)
      const [one, other] = input.workloads!.map(({ counts }) => counts) as [
        ReadonlyArray<ArrayLike<number>>,
        ReadonlyArray<ArrayLike<number>>
      ]
      const sum = one.map((row, l) => Array.from(row, (count, e) => count + other[l]![e]!))
      const mean = (placement: Placement) => {
        const times = [one, other].map((counts) => timeOf(placement, input, counts))
        return times[0]!.map((ps, l) => (ps + times[1]![l]!) / 2)
      }
      const ours = mean(place(taskAware, input))
      for (const counts of [one, other, sum])
        for (const policy of [remap, dup, eplbGlobal])
          assert.isAtMost(
            slowestOver(ours, mean(place(policy, { ...input, counts }))),
            rounding,
            `${policy.id} ${JSON.stringify(of)}`
          )
    }
  }
)

it("eplb keeps routing groups on servers where they divide, eplb-global need not", () => {
  const model = findModel("deepseek-v3")!
  const flat = meshFabric(16, 1)
  const fabric: Fabric = { ...flat, servers: 4, serverOf: Uint16Array.from(flat.serverOf, (_, u) => Math.floor(u / 4)) }
  const { uniform } = random(3)
  const counts = [Float64Array.from({ length: model.experts }, () => Math.floor(1000 / (0.05 + uniform())))]
  const input = { model, layers: [3], fabric, expertBytes: 1, spareSlots: 1, counts }
  const serversOfGroups = (policy: PlacementPolicy) => {
    const { physicalToLogical, slotsPerUnit } = place(policy, input)
    const servers = Array.from({ length: model.routing!.groups }, () => new Set<number>())
    physicalToLogical[0]!.forEach((e, s) =>
      servers[Math.floor(e / 32)]!.add(fabric.serverOf[Math.floor(s / slotsPerUnit)]!)
    )
    return servers.map((set) => set.size)
  }
  assert.deepStrictEqual(serversOfGroups(eplb), [1, 1, 1, 1, 1, 1, 1, 1])
  assert.isAbove(Math.min(...serversOfGroups(eplbGlobal)), 1)
})

it.effect(
  "milp has no more load on the fullest unit than any heuristic, and its answer is a placement",
  () =>
    Effect.gen(function* () {
      for (const of of [
        { units: 2, experts: 8, spareSlots: 0, seed: 1 },
        { units: 2, experts: 8, spareSlots: 1, seed: 2 },
        { units: 3, experts: 6, spareSlots: 1, seed: 3 },
        { units: 5, experts: 8, spareSlots: 0, seed: 4 }
      ]) {
        const { model, fabric, expertBytes, spareSlots, counts, batchTokens } = inputOf(of)
        const input = {
          model,
          fabric,
          expertBytes,
          spareSlots,
          batchTokens: batchTokens!,
          layers: [0],
          counts: counts!.slice(0, 1)
        }
        const workloads = [{ name: "all", counts: input.counts }]
        const judged = { ...input, judgedOn: input.counts, workloads }
        const most = ({ physicalToLogical, slotsPerUnit }: Placement) =>
          physicalToLogical.map((slots, l) => Math.max(...unitLoads(slots, slotsPerUnit, input.counts[l]!).choices))
        const exact = most(yield* milp.place(input))
        for (const policy of [contiguous, roundRobin, randomPlacement, remap, dup, eplb, best, worst, taskAware, moira])
          most(yield* policy.place(judged)).forEach((load, l) =>
            assert.isAtMost(exact[l]!, load * (1 + 1e-4), `${policy.id} ${JSON.stringify(of)}, layer ${l}`)
          )
      }
    }),
  60_000
)

it.effect("milp refuses what is too large, with what to do instead", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(milp.place(inputOf({ units: 8, experts: 64, spareSlots: 1, seed: 1 })))
    assert.match(
      error.message,
      /64 experts on 8 units with 1 spare slots: 1024 yes-or-no variables .*; hint: use moira/
    )
  })
)

it.effect("a layer without counts is placed as one that chooses evenly", () =>
  Effect.gen(function* () {
    const input = inputOf({ units: 4, experts: 16, spareSlots: 1, seed: 5 })
    const filledWith = (value: number) => {
      const edit = (rows: ReadonlyArray<ArrayLike<number>>) =>
        rows.map((row, l) => (l === 1 ? Array.from(row, () => value) : row))
      const workloads = input.workloads!.map(({ name, counts }) => ({ name, counts: edit(counts) }))
      return { ...input, counts: edit(input.counts!), judgedOn: edit(input.judgedOn!), workloads }
    }
    for (const policy of [remap, dup, eplb, eplbGlobal, best, worst, taskAware, separatePairs, affinity])
      assert.deepStrictEqual(yield* policy.place(filledWith(0)), yield* policy.place(filledWith(1)), policy.id)
  })
)

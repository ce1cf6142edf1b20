/** What a layer step's time is made of, on steps made by hand. */
import { type Fabric, fabricOf, type LayerWork, makeWork, pushTask, sharedEngine } from "@moira/hardware"
import bottleneck from "@moira/hardware/networks/bottleneck"
import { meshFabric } from "@moira/hardware/testing"
import { assert, describe, it } from "@effect/vitest"
import { type Binds, type BoundPart, boundParts, emptyBinds, makeBinds, type StepTime } from "../src/step/binds.ts"

const weightBytes = 30e6
const wafer = meshFabric(3, 1)
const cluster = fabricOf({ ...wafer.machine, exchange: () => ({ dispatchPs: () => 0, combinePs: () => 0 }) })
/** 10 us: 30 MB at 3 TB/s. */
const readPs = 1e7
/** Picoseconds of a token: whole, so that hand-made sums are exact. */
const tokenPs = 100_000
const flopPerToken = (tokenPs * wafer.flopsPerSec[0]!) / 1e12

const workOf = (fill: (work: LayerWork) => void): LayerWork => {
  const work = makeWork({
    units: 3,
    experts: 12,
    weightBytes,
    flopPerToken,
    dispatchBytesPerToken: 1,
    combineBytesPerToken: 1
  })
  fill(work)
  return work
}

const undecided = { decisionPs: 0, meanwhile: false }

/** Parts of one step; those that are left out are 0. */
const partsOf = (
  fabric: Fabric,
  fill: (work: LayerWork) => void,
  time: StepTime,
  exchangePs = 0,
  binds: Binds = emptyBinds(fabric),
  /** Of every unit, where its expert time was fitted. */
  fittedPs?: number
): Binds => {
  const work = workOf(fill)
  const { demand, step } = sharedEngine(fabric, bottleneck)
  step(work)
  demand.exchangePs = exchangePs
  if (fittedPs !== undefined) demand.computePs.fill(fittedPs)
  makeBinds(fabric, binds)(work, demand, time)
  return binds
}

/** Parts to the nearest 2 ps, 0 where nothing else is said; together they are the time, to the picosecond. */
const differ = ({ ps }: Binds, expected: Partial<Record<BoundPart, number>>, timePs: number): ReadonlyArray<string> => [
  ...boundParts
    .filter((part) => !(Math.abs(ps[part] - (expected[part] ?? 0)) <= 2))
    .map((part) => `${part}: ${ps[part]}, not ${expected[part] ?? 0}`),
  ...(boundParts.reduce((sum, part) => sum + ps[part], 0) === timePs ? [] : ["the parts are not the time"])
]

/** One expert at home on each unit. */
const even = (tokens: number) => (work: LayerWork) => {
  for (let u = 0; u < 3; u++) pushTask(work, u, u, u, tokens)
}

describe("between units that read and compute at once", () => {
  it("even work is reading or arithmetic, whichever is longer; what is over is latency", () => {
    assert.deepStrictEqual(
      differ(partsOf(wafer, even(10), { timePs: 1.05e7, ...undecided }), { reading: readPs, latency: 5e5 }, 1.05e7),
      []
    )
    assert.deepStrictEqual(
      differ(partsOf(wafer, even(400), { timePs: 5e7, ...undecided }), { arithmetic: 4e7, latency: 1e7 }, 5e7),
      []
    )
  })

  it("the busiest unit beyond the mean is imbalance, of arithmetic or of reads", () => {
    const skewed = (work: LayerWork) => [300, 900, 600].forEach((tokens, u) => pushTask(work, u, u, u, tokens))
    const binds = partsOf(wafer, skewed, { timePs: 1e8, ...undecided })
    assert.deepStrictEqual(differ(binds, { arithmetic: 6e7, imbalance: 3e7, latency: 1e7 }, 1e8), [])
    assert.deepStrictEqual([...binds.unitSteps], [0, 1, 0])
    const reads = partsOf(
      wafer,
      (work) => {
        for (let e = 0; e < 6; e++) pushTask(work, e, 2, 2, 1)
      },
      { timePs: 6e7, ...undecided }
    )
    assert.deepStrictEqual(differ(reads, { reading: 2e7, imbalance: 4e7 }, 6e7), [])
    assert.deepStrictEqual([...reads.unitSteps], [0, 0, 1])
    assert.deepStrictEqual([...reads.linkSteps], [0, 0, 0, 0])
  })

  it("a link that takes longer than the busiest unit is told, and which", () => {
    const slow = meshFabric(3, 1, { linkBytesPerSec: 3e11 })
    const remote = (work: LayerWork) => {
      pushTask(work, 0, 1, 0, 10)
      pushTask(work, 1, 1, 0, 10)
    }
    // Two experts are 20 us of a memory and 200 us of a link.
    const binds = partsOf(slow, remote, { timePs: 2.1e8, ...undecided })
    assert.deepStrictEqual(
      differ(binds, { reading: (2 * readPs) / 3, imbalance: (4 * readPs) / 3, link: 1.8e8, latency: 1e7 }, 2.1e8),
      []
    )
    const [from0to1] = [slow.routeLinks[slow.routeStart[1]!]!]
    assert.deepStrictEqual(
      [...binds.linkSteps.entries()].filter(([, steps]) => steps > 0),
      [[from0to1, 1]]
    )
  })

  it("a decision counts whole before a step, and beyond the first read meanwhile", () => {
    const before = partsOf(wafer, even(400), { timePs: 6.1e7, decisionPs: 2e7, meanwhile: false })
    assert.deepStrictEqual(differ(before, { arithmetic: 4e7, decision: 2e7, latency: 1e6 }, 6.1e7), [])
    // The first read takes 10 us and 300 ns of latency.
    const meanwhile = partsOf(wafer, even(400), { timePs: 6.1e7, decisionPs: 2e7, meanwhile: true })
    assert.deepStrictEqual(
      differ(meanwhile, { arithmetic: 4e7, decision: 2e7 - readPs - 3e5, latency: 2.1e7 - 2e7 + readPs + 3e5 }, 6.1e7),
      []
    )
    const hidden = partsOf(wafer, even(400), { timePs: 5.1e7, decisionPs: 5e6, meanwhile: true })
    assert.deepStrictEqual(differ(hidden, { arithmetic: 4e7, latency: 1.1e7 }, 5.1e7), [])
  })

  it("no part is below 0 and none more than is left, also where the time is less than the demands", () => {
    assert.deepStrictEqual(
      differ(partsOf(wafer, even(400), { timePs: 3e7, decisionPs: 1e7, meanwhile: false }), { arithmetic: 3e7 }, 3e7),
      []
    )
    assert.deepStrictEqual(
      differ(
        partsOf(wafer, () => {}, { timePs: 0, ...undecided }),
        {},
        0
      ),
      []
    )
  })

  it("steps add up", () => {
    const binds = emptyBinds(wafer)
    for (let i = 0; i < 3; i++) partsOf(wafer, even(400), { timePs: 5e7, ...undecided }, 0, binds)
    assert.deepStrictEqual(differ(binds, { arithmetic: 1.2e8, latency: 3e7 }, 1.5e8), [])
    assert.deepStrictEqual([...binds.unitSteps], [3, 0, 0])
  })
})

describe("between barriers", () => {
  it("exchange and decision are added to the slowest unit, whole", () => {
    const skewed = (work: LayerWork) => [300, 900, 600].forEach((tokens, u) => pushTask(work, u, u, u, tokens))
    const binds = partsOf(cluster, skewed, { timePs: 1.3e8, decisionPs: 1e7, meanwhile: true }, 2.5e7)
    assert.deepStrictEqual(
      differ(binds, { arithmetic: 6e7, imbalance: 3e7, exchange: 2.5e7, decision: 1e7, latency: 5e6 }, 1.3e8),
      []
    )
    assert.deepStrictEqual([...binds.unitSteps], [0, 1, 0])
  })

  it("where memory takes longer than bare arithmetic it is reading, and what remote weights add is the link's", () => {
    assert.deepStrictEqual(
      differ(partsOf(cluster, even(10), { timePs: 3e7, ...undecided }, 2e7), { reading: readPs, exchange: 2e7 }, 3e7),
      []
    )
    const remote = (work: LayerWork) => {
      even(10)(work)
      pushTask(work, 9, 1, 0, 10)
    }
    const binds = partsOf(cluster, remote, { timePs: 9e7, ...undecided })
    assert.deepStrictEqual(
      differ(binds, { reading: (4 / 3) * readPs, imbalance: (2 / 3) * readPs, link: 7e7 }, 9e7),
      []
    )
  })

  it("fitted expert times hold reading too: bare arithmetic says which of both they are", () => {
    const fitted = (tokens: number) =>
      partsOf(cluster, even(tokens), { timePs: 5e7, ...undecided }, 0, emptyBinds(cluster), 4e7)
    assert.deepStrictEqual(differ(fitted(10), { reading: 4e7, latency: 1e7 }, 5e7), [])
    assert.deepStrictEqual(differ(fitted(300), { arithmetic: 4e7, latency: 1e7 }, 5e7), [])
  })
})

/** The event-driven network on the study's hardest case: Base at batch 16,384, every die fetching from all others. */
import { compare } from "@moira/bench"
import bottleneck from "../src/networks/bottleneck.ts"
import { makeFlow } from "../src/flow/step.ts"
import { makeWork, pushTask } from "../src/work.ts"
import { sharedEngine } from "../src/engine.ts"
import { pathsOf } from "../src/flow/paths.ts"
import { withTolerance } from "../src/network.ts"
import flowNetwork from "../src/networks/flow.ts"
import { meshFabric } from "../src/testing/mesh.ts"
import { plainRates } from "../test/plain-share.ts"
import { random } from "@moira/core"

const [columns, rows, experts, topK, batch, block] = [5, 5, 256, 8, 16_384, 50]
const fabric = meshFabric(columns, rows, { outstandingFetches: 128 })

/** Blocks of skewed experts dealt round-robin to dies, experts lying contiguously. */
const baseStep = (seed: number, units = columns * rows, traffic = false) => {
  const { uniform, below } = random(seed)
  const work = makeWork({
    units,
    experts,
    weightBytes: 88e6,
    flopPerToken: 88e6,
    dispatchBytesPerToken: 7168,
    combineBytesPerToken: 14_336
  })
  const weights = Array.from({ length: experts }, () => 1 / (0.05 + uniform()))
  const all = weights.reduce((a, b) => a + b, 0)
  let next = 0
  for (let e = 0; e < experts; e++) {
    const tokens = new Map<number, number>()
    let rest = Math.round((batch * topK * weights[e]!) / all)
    for (; rest > 0; rest -= block) {
      tokens.set(next, (tokens.get(next) ?? 0) + Math.min(rest, block))
      next = (next + 1) % units
    }
    for (const [u, n] of tokens) pushTask(work, e, u, Math.floor((e * units) / experts), n)
  }
  // Each choice of a token goes to some unit.
  if (traffic) for (let i = 0; i < batch * topK; i++) work.tokenCopies[(i % units) * units + below(units)]!++
  return work
}

const works = Array.from({ length: 20 }, (_, seed) => baseStep(seed))
const flow = makeFlow(fabric)
const closed = sharedEngine(fabric, bottleneck)
for (const work of works) flow.step(work)
const before = { events: flow.events(), updates: flow.rateUpdates() }
const ratio = works.map((work) => flow.step(work) / closed.step(work)).reduce((a, b) => a + b, 0) / works.length
const events = flow.events() - before.events
console.log(
  `${works.length} layer steps, ${(events / works.length).toFixed(0)} flow events a step, rates worked out for ` +
    `${((100 * (flow.rateUpdates() - before.updates)) / events).toFixed(0)} % of them, ${ratio.toFixed(2)} x the closed form`
)
await compare("flow network, Base at batch 16,384 on 25 dies", [
  {
    name: "bottleneck",
    run: () => works.forEach((work) => closed.step(work)),
    amount: works.length,
    unit: "layer steps"
  },
  { name: "flow", run: () => works.forEach((work) => flow.step(work)), amount: works.length, unit: "layer steps" },
  {
    name: "flow, events",
    run: () => works.forEach((work) => flow.step(work)),
    amount: events / 1e6,
    unit: "M flow events"
  }
])

// Made only now: code that serves one network is compiled for it, code that serves two is slower for both.
const seen = { tasks: 0 }
const watched = makeFlow(fabric, { fetch: () => seen.tasks++, compute: () => seen.tasks++ })
await compare("watching the flow network", [
  { name: "flow", run: () => works.forEach((work) => flow.step(work)), amount: works.length, unit: "layer steps" },
  {
    name: "flow, watched",
    run: () => works.forEach((work) => watched.step(work)),
    amount: works.length,
    unit: "layer steps"
  }
])

const userMs = (run: () => void): number => {
  const start = process.cpuUsage()
  run()
  return process.cpuUsage(start).user / 1000
}
const percent = (share: number) => `${(100 * share).toFixed(3)} %`

/** Exact and plain steps in turn, and with a tolerance: one step each, where the plain one would take many seconds not that. */
for (const [side, steps, plainToo] of [
  [5, 4, true],
  [8, 2, true],
  [10, 1, false],
  [20, 1, false]
] as const) {
  const machine = meshFabric(side, side, { outstandingFetches: 128 })
  const dies = side * side
  const exact = makeFlow(machine)
  const plain = makeFlow(machine, undefined, plainRates(pathsOf(machine).longest))
  const near = sharedEngine(machine, withTolerance(flowNetwork, 2e-4))
  let [exactMs, plainMs, nearMs, error] = [0, 0, Infinity, 0]
  for (let seed = 0; seed < steps; seed++) {
    const work = baseStep(seed, dies, true)
    const ps = [0, 0, 0]
    nearMs = Math.min(
      nearMs,
      userMs(() => (ps[0] = near.step(work)))
    )
    if (dies > 100) continue
    exactMs += userMs(() => (ps[1] = exact.step(work)))
    if (plainToo) plainMs += userMs(() => (ps[2] = plain.step(work)))
    if (plainToo && ps[1] !== ps[2]) throw new Error(`${dies} dies, step ${seed}: ${ps[1]} ps, plainly ${ps[2]} ps`)
    error = Math.max(error, Math.abs(ps[0]! / ps[1]! - 1))
  }
  const than = dies > 100 ? "" : `, exact ${(exactMs / steps).toFixed(0)} ms, error at most ${percent(error)}`
  const times = plainToo ? `, exact ${(plainMs / exactMs).toFixed(2)} x the plain rates` : ""
  console.log(`${dies} dies with token traffic: tolerance 2e-4 ${nearMs.toFixed(0)} ms a step${than}${times}`)
}

const residentMb = () => process.memoryUsage().rss / 1e6
const [heldMb, made] = [residentMb(), userMs(() => void meshFabric(64, 64))]
const large = meshFabric(64, 64)
const largeWork = baseStep(1, 4096, true)
const engine = sharedEngine(large, bottleneck)
const stepMs = [0, 1, 2].map(() => userMs(() => engine.step(largeWork)))
console.log(
  `4,096 dies: built in ${made.toFixed(0)} ms, a bottleneck step ${Math.min(...stepMs).toFixed(0)} ms, ` +
    `${(residentMb() - heldMb).toFixed(0)} MB more resident with its work of 67 MB`
)

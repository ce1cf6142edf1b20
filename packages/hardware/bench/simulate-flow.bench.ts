/** The event-driven network on the study's hardest case: Base at batch 16,384, every die fetching from all others. */
import { compare } from "@moira/bench"
import bottleneck from "../src/networks/bottleneck.ts"
import { makeFlow } from "../src/flow/step.ts"
import { makeWork, pushTask } from "../src/work.ts"
import { sharedEngine } from "../src/engine.ts"
import { meshFabric } from "../src/testing/mesh.ts"
import { random } from "@moira/core"

const [columns, rows, experts, topK, batch, block] = [5, 5, 256, 8, 16_384, 50]
const units = columns * rows
const fabric = meshFabric(columns, rows, { outstandingFetches: 128 })

/** Blocks of skewed experts dealt round-robin to dies, experts lying contiguously. */
const baseStep = (seed: number) => {
  const { uniform } = random(seed)
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

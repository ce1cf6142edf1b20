/** Machines that no network could survive are named before a step runs; a step that lasts too long ends. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { fabricOf } from "../src/fabric.ts"
import { type Machine } from "../src/machine.ts"
import { machineFault } from "../src/machine-fault.ts"
import { makeFlow } from "../src/flow/step.ts"
import { makeWork, pushTask } from "../src/work.ts"
import { meshFabric } from "../src/testing/mesh.ts"
import { ring } from "../src/testing/ring.ts"

const good = Effect.runSync(ring.build(ring.machines["ring-8"]!))
const link = (parts: Partial<Machine["links"][number]>) => ({
  links: good.links.with(3, { ...good.links[3]!, ...parts })
})
const memory = (parts: Partial<NonNullable<Machine["nodes"][number]["memory"]>>) => ({
  nodes: good.nodes.with(2, { ...good.nodes[2]!, memory: { ...good.nodes[2]!.memory!, ...parts } })
})

const faults: ReadonlyArray<readonly [Partial<Machine>, RegExp]> = [
  [link({ bytesPerSec: 0 }), /^link 3: bytesPerSec 0$/],
  [link({ bytesPerSec: Infinity }), /^link 3: bytesPerSec Infinity$/],
  [link({ latencyPs: -1 }), /^link 3: latencyPs -1$/],
  [link({ latencyPs: Number.NaN }), /^link 3: latencyPs NaN$/],
  [memory({ bytesPerSec: 0 }), /^die\[2\]: memory.bytesPerSec 0$/],
  [memory({ capacityBytes: 0 }), /^die\[2\]: memory.capacityBytes 0$/],
  [memory({ latencyPs: -5 }), /^die\[2\]: memory.latencyPs -5$/],
  [{ outstandingFetches: 0 }, /^outstandingFetches: 0$/],
  [{ outstandingFetches: 1.5 }, /^outstandingFetches: 1.5$/],
  [{ nodes: [] }, /none computes/],
  [{ links: good.links.slice(0, 7) }, /no link leads on from node 7/],
  [{ route: (a, b) => good.route(a, b).slice(0, -1) }, /^route die\[0\] to die\[1\]: ends at node 0$/]
]

it("names the part that is impossible", () => {
  assert.isUndefined(machineFault(good))
  for (const [parts, says] of faults) assert.match(machineFault({ ...good, ...parts }) ?? "nothing", says)
})

it("a step beyond 2^53 ps ends there instead of never, with a time that shows it", () => {
  const slow = fabricOf(
    Effect.runSync(ring.build({ dies: 4, linkBytesPerSec: 1, flopsPerSec: 1e15, memoryBytesPerSec: 1 }))
  )
  const work = makeWork({
    units: 4,
    experts: 8,
    weightBytes: 44e6,
    flopPerToken: 1,
    dispatchBytesPerToken: 1,
    combineBytesPerToken: 1
  })
  for (let i = 0; i < 8; i++) pushTask(work, i, 2, i % 4, 1)
  const flow = makeFlow(slow)
  assert.isFalse(Number.isSafeInteger(flow.step(work)))
  // And the next, possible one is not the worse for it.
  const quick = meshFabric(2, 2)
  const [fresh, used] = [makeFlow(quick), makeFlow(quick)]
  used.step(work)
  assert.strictEqual(used.step(work), fresh.step(work))
})

/** What a backend's engine must keep, its own or the shared one: checked on drawn layer steps. */
import { assert } from "@effect/vitest"
import { random } from "@moira/core"
import type { Engine } from "../engine.ts"
import { fabricOf } from "../fabric.ts"
import type { Compute, Fabric, Machine, Node } from "../machine.ts"
import { machineFault } from "../machine-fault.ts"
import type { ExpertTimeConstants } from "../expert-time/moe-layer.ts"
import type { NetworkModel } from "../network.ts"
import bottleneck from "../networks/bottleneck.ts"
import flow from "../networks/flow.ts"
import { type LayerWork, makeWork, pushTask } from "../work.ts"

export type MakeEngine = (fabric: Fabric, network: NetworkModel) => Engine

/**
 * Tasks, activations and writes of one layer step with skewed sources, drawn from `seed`. Sizes follow the machine's slowest
 * rates, a fetch of about 100 us, so that the slowest machine is done long before 2^53 ps.
 */
export const drawnWork = (fabric: Fabric, seed: number): LayerWork => {
  const { units } = fabric
  const { below } = random(seed)
  const bytesPerSec = Math.min(...fabric.linkBytesPerSec, ...fabric.memoryBytesPerSec)
  const weightBytes = Math.max(1, Math.round(bytesPerSec * 1e-4))
  const work = makeWork({
    units,
    experts: 16,
    weightBytes,
    flopPerToken: Math.min(...fabric.flopsPerSec) * 1e-7,
    dispatchBytesPerToken: weightBytes / 6000,
    combineBytesPerToken: weightBytes / 3000
  })
  for (let i = 0; i < 40; i++) {
    const source = Math.min(below(units), below(units))
    pushTask(work, below(16), below(units), source, 1 + below(400))
    if (work.count === work.expert.length) break
  }
  for (let i = 0; i < 40; i++) work.tokenCopies[below(units * units)] = below(900)
  work.localWriteBytes[below(units)] = weightBytes
  return work
}

const seeds = [1, 2, 3, 4, 5, 6]
/** `flow` keeps room for every pair of units, so it is tried on machines of at most so many. */
const maxFlowUnits = 64

/** Whole picoseconds, finite counters, and no memory of other steps. */
export const timed = (make: MakeEngine, machine: Machine): void => {
  assert.isUndefined(machineFault(machine))
  const fabric = fabricOf(machine)
  const works = seeds.map((seed) => drawnWork(fabric, seed))
  for (const network of fabric.units <= maxFlowUnits ? [bottleneck, flow] : [bottleneck]) {
    const alone = works.map((work) => make(fabric, network).step(work))
    const engine = make(fabric, network)
    works.forEach((work, i) => {
      const ps = engine.step(work)
      assert.isTrue(Number.isSafeInteger(ps) && ps > 0, `${network.id}: a step takes ${ps} ps`)
      assert.strictEqual(ps, alone[i], `${network.id}: a step depends on those before it`)
      for (const [name, value] of Object.entries(engine.demand)) {
        const values = typeof value === "number" ? [value] : [...(value as Float64Array)]
        assert.isTrue(
          values.every((v) => Number.isFinite(v) && v >= 0),
          `${network.id}: counter ${name}`
        )
      }
    })
  }
}

/** Fitted constants speak of the same memory and arithmetic, so they follow. */
const fitted = (compute: Compute | undefined, field: "bytesPerSec" | "peakFlopsPerSec"): Pick<Node, "compute"> => {
  if (compute === undefined) return {}
  const twice = <C extends ExpertTimeConstants>(constants: C): C => ({ ...constants, [field]: 2 * constants[field] })
  const { expertTime } = compute
  if (expertTime === undefined) return { compute }
  return {
    compute: {
      ...compute,
      expertTime: "fixedPs" in expertTime ? twice(expertTime) : expertTime.map((constants) => twice(constants))
    }
  }
}

/** Machines with twice the rates of one kind. */
export const faster: Record<string, (machine: Machine) => Machine> = {
  links: (m) => ({ ...m, links: m.links.map((link) => ({ ...link, bytesPerSec: 2 * link.bytesPerSec })) }),
  memory: (m) => ({
    ...m,
    nodes: m.nodes.map((node) =>
      node.memory === undefined
        ? node
        : {
            ...node,
            ...fitted(node.compute, "bytesPerSec"),
            memory: { ...node.memory, bytesPerSec: 2 * node.memory.bytesPerSec }
          }
    )
  }),
  arithmetic: (m) => ({
    ...m,
    nodes: m.nodes.map((node) => {
      const { compute } = fitted(node.compute, "peakFlopsPerSec")
      return compute === undefined ? node : { ...node, compute: { ...compute, flopsPerSec: 2 * compute.flopsPerSec } }
    })
  })
}

/** In the closed form twice the bandwidth or arithmetic is never slower; all three together are faster. */
export const monotonic = (make: MakeEngine, machine: Machine): void => {
  assert.isUndefined(machineFault(machine))
  const work = (seed: number) => drawnWork(fabricOf(machine), seed)
  const stepPs = (m: Machine, seed: number) => make(fabricOf(m), bottleneck).step(work(seed))
  const all = Object.values(faster).reduce((m, change) => change(m), machine)
  for (const seed of seeds) {
    const before = stepPs(machine, seed)
    for (const [what, change] of Object.entries(faster))
      assert.isAtMost(stepPs(change(machine), seed), before, `twice the ${what} made a step slower`)
    assert.isBelow(stepPs(all, seed), before, "twice of everything changed nothing")
  }
}

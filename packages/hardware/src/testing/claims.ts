/** What a backend may claim of its machines; a claim must hold on every spec, and one that is denied must fail on one. */
import { assert } from "@effect/vitest"
import type { Capabilities } from "../backend.ts"
import type { Machine } from "../machine.ts"
import { dependencyCycle } from "../routing/deadlock.ts"
import { endPairs, fewestHops, visited } from "./graph.ts"

const minimal = (machine: Machine): void => {
  const best = machine.nodes.map((node) => fewestHops(machine, node.id))
  for (const [from, to] of endPairs(machine))
    assert.strictEqual(machine.route(from, to).length, best[from]![to], `route ${from}>${to}`)
}

const symmetric = (machine: Machine): void => {
  for (const [from, to] of endPairs(machine))
    assert.deepStrictEqual(visited(machine, to, from), visited(machine, from, to).toReversed())
}

const latencyPs = (machine: Machine, from: number, to: number): number =>
  machine.route(from, to).reduce((sum, id) => sum + machine.links[id]!.latencyPs, 0)

const evenLatency = (machine: Machine): void => {
  for (const [from, to] of endPairs(machine))
    assert.strictEqual(latencyPs(machine, from, to), latencyPs(machine, to, from), `latency ${from}>${to} and back`)
}

const acyclic = (machine: Machine): void => {
  const cycle = dependencyCycle(machine)
  assert.isUndefined(cycle, `links ${cycle?.join(", ")} wait for each other`)
}

export const claims: Required<Record<keyof Capabilities, (machine: Machine) => void>> = {
  minimalRoutes: minimal,
  symmetricRoutes: symmetric,
  symmetricLatency: evenLatency,
  deadlockFree: acyclic
}

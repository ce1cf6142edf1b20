/** What every machine must be: numbered, physical, joined up. Each rule throws at the first breach. */
import { assert } from "@effect/vitest"
import type { Machine, Node } from "../machine.ts"
import { endPairs, visited } from "./graph.ts"

const positive = (value: number, what: string): void =>
  assert.isTrue(Number.isFinite(value) && value > 0, `${what}: ${value}`)

const wholePs = (value: number, what: string): void =>
  assert.isTrue(Number.isSafeInteger(value) && value >= 0, `${what}: ${value} is no whole number of picoseconds`)

const physicalNode = ({ name, compute, memory, llc }: Node): void => {
  if (compute === undefined || memory === undefined) throw new Error(`${name} computes without compute or memory`)
  positive(compute.flopsPerSec, `${name} FLOP/s`)
  assert.isTrue(compute.efficiency > 0 && compute.efficiency <= 1, `${name} efficiency`)
  wholePs(compute.taskOverheadPs ?? 0, `${name} task overhead`)
  positive(memory.bytesPerSec, `${name} memory bandwidth`)
  wholePs(memory.latencyPs, `${name} memory latency`)
  positive(memory.capacityBytes, `${name} memory capacity`)
  assert.isTrue(memory.reservedBytes >= 0 && memory.reservedBytes < memory.capacityBytes, `${name} reserves everything`)
  if (llc === undefined) return
  positive(llc.bytes, `${name} cache`)
  wholePs(llc.hitPs, `${name} cache hit`)
  wholePs(llc.missPs, `${name} cache miss`)
}

/** Rates above zero, whole picoseconds, room for experts, and at least one fetch in flight. */
export const physical = (machine: Machine): void => {
  for (const { id, from, to, bytesPerSec, latencyPs } of machine.links) {
    assert.isTrue(machine.nodes[from] !== undefined && machine.nodes[to] !== undefined, `link ${id} ends nowhere`)
    assert.notStrictEqual(from, to, `link ${id} leads from a node to itself`)
    positive(bytesPerSec, `link ${id} bandwidth`)
    wholePs(latencyPs, `link ${id} latency`)
  }
  assert.isTrue(Number.isSafeInteger(machine.commandBytes) && machine.commandBytes >= 0, "command bytes")
  for (const node of machine.nodes.filter(({ kind }) => kind === "compute")) physicalNode(node)
  const { outstandingFetches: fetches = 1, controllers = {} } = machine
  assert.isTrue(Number.isSafeInteger(fetches) && fetches >= 1, `outstandingFetches: ${fetches}`)
  for (const [name, { basePs, cyclePs }] of Object.entries(controllers)) {
    wholePs(basePs, `controller ${name} base`)
    assert.isTrue(Number.isFinite(cyclePs) && cyclePs >= 0, `controller ${name}, a cycle: ${cyclePs}`)
  }
}

/** Every price of energy is a finite number above zero and says where it is from. */
export const priced = ({ energy = {} }: Machine): void => {
  for (const [part, price] of Object.entries(energy)) {
    positive(price.picojoules, `energy of ${part}`)
    assert.isNotEmpty(price.source.trim(), `energy of ${part} has no source`)
  }
}

/** Ids count from zero, names and places on the floor plan are unique, and something computes. */
export const numbered = ({ nodes, links }: Machine): void => {
  nodes.forEach((node, index) => assert.strictEqual(node.id, index))
  links.forEach((link, index) => assert.strictEqual(link.id, index))
  assert.strictEqual(new Set(nodes.map((node) => node.name)).size, nodes.length, "names repeat")
  const units = nodes.filter((node) => node.kind === "compute")
  assert.isAbove(units.length, 0)
  const places = units.flatMap(({ at }) => (at === undefined ? [] : [at]))
  for (const place of places) assert.isTrue(place.every(Number.isFinite), `no place: ${place.join()}`)
  assert.strictEqual(new Set(places.map(String)).size, places.length, "two units at one place")
}

/** Every pair is routed over links that join up, without passing a node twice; to itself over none. */
export const routed = (machine: Machine): void => {
  for (const [from, to] of endPairs(machine)) {
    const route = machine.route(from, to)
    if (from === to) assert.isEmpty(route)
    let at = from
    for (const id of route) {
      assert.strictEqual(machine.links[id]?.from, at, `route ${from}>${to} jumps at link ${id}`)
      at = machine.links[id]!.to
    }
    assert.strictEqual(at, to, `route ${from}>${to} ends at ${at}`)
    const seen = visited(machine, from, to)
    assert.strictEqual(new Set(seen).size, seen.length, `route ${from}>${to} loops`)
  }
}

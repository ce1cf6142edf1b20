/** What a machine with broken parts must keep of the whole one. */
import { assert } from "@effect/vitest"
import type { Machine } from "../machine.ts"
import { endPairs } from "./graph.ts"

const linkName = ({ nodes, links }: Machine, id: number): string =>
  `${nodes[links[id]!.from]!.name}>${nodes[links[id]!.to]!.name}`

const linkNames = (machine: Machine): ReadonlySet<string> =>
  new Set(machine.links.map(({ id }) => linkName(machine, id)))

/**
 * A broken machine has fewer links than the whole one and no new parts; routes that no fault touches stay as they were.
 * That the others lead round the fault follows from the rules for every machine. Parts are known by name.
 */
export const keepsWhatWorks = (whole: Machine, broken: Machine): void => {
  const [before, after] = [linkNames(whole), linkNames(broken)]
  assert.isBelow(broken.links.length, whole.links.length, "the fault takes no link away")
  for (const name of after) assert.isTrue(before.has(name), `link ${name} is new`)
  const idOf = new Map(whole.nodes.map(({ name, id }) => [name, id]))
  for (const [from, to] of endPairs(broken)) {
    const [a, b] = [from, to].map((id) => idOf.get(broken.nodes[id]!.name))
    if (a === undefined || b === undefined) throw new Error(`node ${broken.nodes[from]!.name} is new`)
    const planned = whole.route(a, b).map((id) => linkName(whole, id))
    if (!planned.every((name) => after.has(name))) continue
    const taken = broken.route(from, to).map((id) => linkName(broken, id))
    assert.deepStrictEqual(taken, planned, "no fault touches this route, and yet it changed")
  }
}

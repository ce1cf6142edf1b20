/** Plain graph questions that the kit asks of a machine. */
import type { Machine } from "../machine.ts"

/** All ordered pairs of nodes that messages start or end at. */
export const endPairs = function* (machine: Machine): Generator<readonly [from: number, to: number]> {
  const ends = machine.nodes.filter((node) => node.kind !== "switch")
  for (const a of ends) for (const b of ends) yield [a.id, b.id]
}

/** Fewest hops from one node to every other, by breadth-first search. */
export const fewestHops = (machine: Machine, from: number): ReadonlyArray<number> => {
  const out = machine.nodes.map((): Array<number> => [])
  for (const link of machine.links) out[link.from]!.push(link.to)
  const distance = machine.nodes.map(() => Infinity)
  distance[from] = 0
  const queue = [from]
  for (const at of queue) {
    for (const next of out[at]!) {
      if (distance[next] !== Infinity) continue
      distance[next] = distance[at]! + 1
      queue.push(next)
    }
  }
  return distance
}

/** Nodes that a message sees on its way, both ends included. */
export const visited = (machine: Machine, from: number, to: number): ReadonlyArray<number> => [
  from,
  ...machine.route(from, to).map((id) => machine.links[id]!.to)
]

/** Every spec that differs from this one in a single number, with that number's path. */
export const neighbours = function* (
  spec: unknown,
  path: ReadonlyArray<string> = []
): Generator<readonly [path: string, changed: unknown]> {
  if (typeof spec === "number") yield [path.join("."), Number.isInteger(spec) ? spec + 1 : spec / 2]
  if (typeof spec !== "object" || spec === null) return
  for (const [key, value] of Object.entries(spec)) {
    for (const [at, changed] of neighbours(value, [...path, key])) {
      yield [at, Array.isArray(spec) ? spec.with(Number(key), changed) : { ...spec, [key]: changed }]
    }
  }
}

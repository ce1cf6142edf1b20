/** Tasks in an order that puts neighbours together. */
import type { TaskDistance } from "@moira/results"

/** Names a pair, whichever comes first. */
export const pairKey = (a: string, b: string): string => JSON.stringify(a < b ? [a, b] : [b, a])

/**
 * Names in an order in which neighbours are alike: from the task farthest from all others, always on to the nearest
 * one that is left.
 */
export const seriated = (distances: ReadonlyArray<TaskDistance>): ReadonlyArray<string> => {
  const names = [...new Set(distances.flatMap(({ a, b }) => [a, b]))].toSorted()
  const table = new Map(distances.map((d) => [pairKey(d.a, d.b), d.distance]))
  const between = (a: string, b: string) => (a === b ? 0 : (table.get(pairKey(a, b)) ?? 0))
  const remoteness = (a: string) => names.reduce((sum, b) => sum + between(a, b), 0)
  const left = new Set(names)
  const order: Array<string> = []
  let next = names.reduce<string | undefined>(
    (far, n) => (far === undefined || remoteness(n) > remoteness(far) ? n : far),
    undefined
  )
  while (next !== undefined) {
    order.push(next)
    left.delete(next)
    const last: string = next
    next = [...left].reduce<string | undefined>(
      (near, n) => (near === undefined || between(last, n) < between(last, near) ? n : near),
      undefined
    )
  }
  return order
}

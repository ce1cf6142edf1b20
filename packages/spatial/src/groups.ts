/**
 * Requests grouped by benchmark, by task and by language; each group cut into two random halves. What belongs together, such
 * as the turns of a conversation, stays together in halves and when groups are dealt anew.
 */
import { type Groups, groupsOf, heldOutMembers } from "@moira/core/statistics"
import { random, substream } from "@moira/core"
import { groupKeys, type RequestRow } from "@moira/trace"
import { type TaskKind } from "@moira/results"

interface Group {
  readonly name: string
  readonly requests: number
}

/** A partition of the requests. */
export interface Grouping {
  readonly kind: TaskKind
  /** In order of first appearance. */
  readonly groups: ReadonlyArray<Group>
  /** `2 x group + half` of each request. Halves are as even as can be and drawn by the seed. */
  readonly halfOf: Uint32Array
  /** Group of each request. */
  readonly groupOf: Uint16Array
  /** The same groups dealt to the requests at random, many times: what chance alone makes of groups of these sizes. */
  readonly shuffles: ReadonlyArray<Uint16Array>
}

const nameOf: Readonly<Record<TaskKind, (row: RequestRow) => string>> = {
  benchmark: (row) => row.benchmark,
  subject: (row) => `${row.benchmark}/${row.subject}`,
  language: (row) => row.language
}

/** With more groups than this their distances, over 2,000, are not compared with shuffles: the study has 57 subjects. */
export const maxShuffledGroups = 64

/** Shuffles for a number of groups: 19, with which 5 % can just be told, to 39, fewer where there are many distances. */
const shufflesFor = (groups: number): number => {
  const distances = (groups * (groups - 1)) / 2
  return distances === 0 ? 0 : Math.max(19, Math.min(39, Math.floor(4000 / distances)))
}

/** Labels dealt anew to the requests; requests of one label that belong together keep doing so. */
const shuffled = (labels: Uint16Array, together: Groups, seed: number): Uint16Array => {
  const out = new Uint16Array(together.count)
  together.of.forEach((unit, r) => (out[unit] = labels[r]!))
  const { below } = random(seed)
  for (let i = out.length - 1; i > 0; i--) {
    const j = below(i + 1)
    const label = out[i]!
    out[i] = out[j]!
    out[j] = label
  }
  return Uint16Array.from(together.of, (unit) => out[unit]!)
}

const grouping = (
  kind: TaskKind,
  requests: ReadonlyArray<RequestRow>,
  keys: ReadonlyArray<string>,
  seed: number
): Grouping => {
  const members = Map.groupBy(requests.keys(), (r) => nameOf[kind](requests[r]!))
  const halfOf = new Uint32Array(requests.length)
  const groupOf = new Uint16Array(requests.length)
  let index = 0
  for (const [name, indices] of members) {
    const own = groupsOf(indices.map((r) => keys[r]!))
    const halves = heldOutMembers(own, { seed: substream(seed, "halves", kind, name), heldOutShare: 0.5 })
    for (const [i, r] of indices.entries()) {
      halfOf[r] = 2 * index + halves[i]!
      groupOf[r] = index
    }
    index++
  }
  const together = groupsOf(keys.map((key, r) => `${groupOf[r]} ${key}`))
  return {
    kind,
    groups: [...members].map(([name, indices]) => ({ name, requests: indices.length })),
    halfOf,
    groupOf,
    shuffles: Array.from({ length: shufflesFor(members.size) }, (_, draw) =>
      shuffled(groupOf, together, substream(seed, "shuffle", kind, draw))
    )
  }
}

/** By benchmark, by subject (benchmark and subject together) and by language. */
export const groupings = (requests: ReadonlyArray<RequestRow>, seed: number): ReadonlyArray<Grouping> => {
  const keys = groupKeys(requests)
  return (["benchmark", "subject", "language"] as const).map((kind) => grouping(kind, requests, keys, seed))
}

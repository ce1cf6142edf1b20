/** Requests grouped by task and by language, each group cut into two random halves. */
import { heldOutMask, type RequestRow, substream, type TaskProfile } from "@moira/trace"

type Kind = TaskProfile["kind"]

interface Group {
  readonly name: string
  readonly requests: number
}

/** A partition of the requests. */
export interface Grouping {
  readonly kind: Kind
  /** In order of first appearance. */
  readonly groups: ReadonlyArray<Group>
  /** `2 x group + half` of each request. Halves are as even as can be and drawn by the seed. */
  readonly halfOf: Uint32Array
}

const nameOf: Readonly<Record<Kind, (row: RequestRow) => string>> = {
  subject: (row) => `${row.benchmark}/${row.subject}`,
  language: (row) => row.language
}

const grouping = (kind: Kind, requests: ReadonlyArray<RequestRow>, seed: number): Grouping => {
  const members = Map.groupBy(requests.keys(), (r) => nameOf[kind](requests[r]!))
  const halfOf = new Uint32Array(requests.length)
  let index = 0
  for (const [name, indices] of members) {
    const halves = heldOutMask(indices.length, { seed: substream(seed, "halves", kind, name), heldOutShare: 0.5 })
    for (const [i, r] of indices.entries()) halfOf[r] = 2 * index + halves[i]!
    index++
  }
  return { kind, groups: [...members].map(([name, indices]) => ({ name, requests: indices.length })), halfOf }
}

/** By subject (benchmark and subject together) and by language. */
export const groupings = (requests: ReadonlyArray<RequestRow>, seed: number): ReadonlyArray<Grouping> => [
  grouping("subject", requests, seed),
  grouping("language", requests, seed)
]

/** What readers of traces tell of them beside what they read. */
import { formatCount, given } from "@moira/core"

/** A note says what was assumed, joined or left out; a warning names a suspicion that later results repeat. */
export interface Remark {
  readonly kind: "note" | "warning"
  /** A sentence without numbers of a single request: equal ones are told once. */
  readonly what: string
  /** The first place that it is of, such as a file, layer and token; of equal remarks the first one's is kept. */
  readonly first?: string
}

/** A remark and how many requests it was made of. */
export interface CountedRemark extends Remark {
  readonly requests: number
}

/** The remarks of requests, equal ones together, in the order of their first. */
export const countRemarks = (remarks: Iterable<Remark | CountedRemark>): ReadonlyArray<CountedRemark> => {
  const counted = new Map<string, CountedRemark>()
  for (const remark of remarks) {
    const key = `${remark.kind} ${remark.what}`
    const before = counted.get(key)
    const requests = (before?.requests ?? 0) + ("requests" in remark ? remark.requests : 1)
    const { kind, what, first } = before ?? remark
    counted.set(key, { kind, what, ...given({ first }), requests })
  }
  return [...counted.values()]
}

/** A remark as people read it, with how many requests it is of. */
export const remarkText = ({ what, requests, first }: CountedRemark): string => {
  const of = `${formatCount(requests)} ${requests === 1 ? "request" : "requests"}`
  return `${what} (${of}${first === undefined ? "" : `, first ${first}`})`
}

/** What readers of traces tell of them beside what they read; without imports, so that worker threads start fast. */

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
    counted.set(key, { kind, what, ...(first === undefined ? {} : { first }), requests })
  }
  return [...counted.values()]
}

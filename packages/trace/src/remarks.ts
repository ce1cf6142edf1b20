/** What readers of traces tell of them beside what they read. */

/** A note says what was assumed, joined or left out; a warning names a suspicion that later results repeat. */
export interface Remark {
  readonly kind: "note" | "warning"
  /** A sentence without numbers of a single request: equal ones are told once. */
  readonly what: string
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
    const requests = (counted.get(key)?.requests ?? 0) + ("requests" in remark ? remark.requests : 1)
    counted.set(key, { kind: remark.kind, what: remark.what, requests })
  }
  return [...counted.values()]
}

/** Remarks as people read them. */
import { formatCount } from "@moira/core"
import type { CountedRemark } from "./remarks.ts"

/** A remark as people read it, with how many requests it is of. */
export const remarkText = ({ what, requests, first }: CountedRemark): string => {
  const of = `${formatCount(requests)} ${requests === 1 ? "request" : "requests"}`
  return `${what} (${of}${first === undefined ? "" : `, first ${first}`})`
}

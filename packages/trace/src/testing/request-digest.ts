/** For tests: whether two requests are the same, in a few bytes. */
import { hash } from "node:crypto"
import type { TraceRequest } from "../selections.ts"

/** All of a request in a few bytes. */
export const digest = (request: TraceRequest): string => {
  const { ids, ...labels } = request
  return hash("sha256", JSON.stringify([labels, hash("sha256", ids)]))
}

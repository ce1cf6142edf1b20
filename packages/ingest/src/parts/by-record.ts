/** One record of a file by itself: what is wrong with it spoils no other. */
import type { TraceRequest } from "@moira/trace"
import { ContentFault } from "../fault/content-fault.ts"
import type { Decoded } from "../source.ts"

/** The request that `read` makes of a record of `file`, or the record as a bad one where it throws `ContentFault`. */
export const recordOf = (file: string, read: () => TraceRequest): Decoded => {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof ContentFault)) throw cause
    const { reason, place, message: what, hint } = cause
    return { bad: { reason, where: `${file}, ${place}`, what, hint } }
  }
}

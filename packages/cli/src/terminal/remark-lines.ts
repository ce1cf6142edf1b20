/** What the readers of a trace told of its requests, for people. */
import { formatCount } from "@moira/core"
import type { Manifest } from "@moira/trace"

/** A line each; warnings say that they are. */
export const remarkLines = ({ remarks }: Pick<Manifest, "remarks">): ReadonlyArray<string> =>
  remarks.map(
    ({ kind, what, requests }) =>
      `${kind === "warning" ? "warning" : "note"}: ${what} (${formatCount(requests)} ${requests === 1 ? "request" : "requests"})`
  )

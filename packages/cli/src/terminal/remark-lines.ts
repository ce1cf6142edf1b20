/** What the readers of a trace told of its requests, for people. */
import { type Manifest, remarkText } from "@moira/trace"

/** A line each; warnings say that they are. */
export const remarkLines = ({ remarks }: Pick<Manifest, "remarks">): ReadonlyArray<string> =>
  remarks.map((remark) => `${remark.kind}: ${remarkText(remark)}`)

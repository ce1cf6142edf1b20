/** Windows of decode steps: equally wide, the same for every layer of a trace. */
import type { PositionWindow } from "@moira/results"
import type { TraceContext } from "@moira/trace"

export interface Windows {
  /** Decode steps a window. */
  readonly width: number
  /** Decode steps of the longest request. */
  readonly longest: number
  readonly windows: ReadonlyArray<PositionWindow>
}

/** At most `count` windows over the longest decode of the trace; none without decode tokens. */
export const decodeWindows = ({ requests }: TraceContext, count: number): Windows => {
  const longest = requests.reduce((most, { decodeTokens }) => Math.max(most, decodeTokens), 0)
  const width = Math.max(1, Math.ceil(longest / count))
  const windows = Array.from({ length: Math.ceil(longest / width) }, (_, w) => ({
    from: w * width,
    to: Math.min(longest, (w + 1) * width),
    requests: requests.filter(({ decodeTokens }) => decodeTokens > w * width).length
  }))
  return { width, longest, windows }
}

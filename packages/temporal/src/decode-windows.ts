/** Windows of decode steps: equally wide, the same for every layer of a trace. */
import type { Groups } from "@moira/core/statistics"
import type { PositionWindow } from "@moira/results"
import type { TraceContext } from "@moira/trace"

export interface Windows {
  /** Decode steps a window. */
  readonly width: number
  /** Decode steps of the longest request. */
  readonly longest: number
  readonly windows: ReadonlyArray<PositionWindow>
  /** By window: groups of requests that reach it. */
  readonly groups: ReadonlyArray<number>
}

/** At most `count` windows over the longest decode of the trace; none without decode tokens. */
export const decodeWindows = ({ requests }: TraceContext, { of }: Groups, count: number): Windows => {
  const longest = requests.reduce((most, { decodeTokens }) => Math.max(most, decodeTokens), 0)
  const width = Math.max(1, Math.ceil(longest / count))
  const windows = Array.from({ length: Math.ceil(longest / width) }, (_, w) => ({
    from: w * width,
    to: Math.min(longest, (w + 1) * width),
    requests: requests.filter(({ decodeTokens }) => decodeTokens > w * width).length
  }))
  const groups = windows.map(({ from }) => new Set(of.filter((_, r) => requests[r]!.decodeTokens > from)).size)
  return { width, longest, windows, groups }
}

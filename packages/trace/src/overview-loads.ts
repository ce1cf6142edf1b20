/** What an overview tells at a glance: how uneven the choices of each task and phase are. */
import type { Spread } from "./counts/expert-counts.ts"
import type { Overview } from "./overview.ts"

/** Choices of one task in one phase. */
export interface OverviewLoad {
  /** Benchmark, or the empty name where all of them are counted together. */
  readonly task: string
  readonly phase: "prefill" | "decode"
  /** Choices of experts that work, all layers together. */
  readonly selections: number
  /** Hottest expert of a layer over the mean of its experts, over the layers that have choices; zeros where none has. */
  readonly hottest: Spread
}

const phases = ["prefill", "decode"] as const

/** Loads of `experts` experts by task and phase; choices of ids after them are of experts that do no work. */
export const overviewLoads = ({ tasks, layers, ids, counts }: Overview, experts: number): ReadonlyArray<OverviewLoad> =>
  tasks.flatMap((task, t) =>
    phases.map((phase, p): OverviewLoad => {
      const rows = layers.map((_, l) => {
        const at = ((2 * t + p) * layers.length + l) * ids
        const row = counts.subarray(at, at + experts)
        return { total: row.reduce((a, b) => a + b, 0), hottest: row.reduce((a, b) => Math.max(a, b), 0) }
      })
      const skews = rows.filter(({ total }) => total > 0).map(({ total, hottest }) => (hottest * experts) / total)
      const some = skews.length > 0
      return {
        task,
        phase,
        selections: rows.reduce((sum, { total }) => sum + total, 0),
        hottest: {
          least: some ? Math.min(...skews) : 0,
          mean: some ? skews.reduce((a, b) => a + b, 0) / skews.length : 0,
          greatest: some ? Math.max(...skews) : 0
        }
      }
    })
  )

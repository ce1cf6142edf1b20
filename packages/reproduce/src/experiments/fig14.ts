import type { Published } from "../document.ts"
import type { RunResult } from "@moira/results"
import { Effect } from "effect"
import type { Reproduction } from "../reproduction.ts"
import { rowOf, studyRuns } from "../study-runs.ts"

const strategies = ["base", "ep", "pred", "allo", "allo+pred", "moira"]

const bytes = (runs: ReadonlyArray<RunResult>, strategy: string) => {
  const run = runs.find((r) => r.strategy.name === strategy)!
  const of = (id: string) => run.metrics[`dram_${id}_bytes`]!
  return { local: of("local_read"), remote: of("remote_read"), written: of("local_write") }
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)

/** "Most reads" is more than half of them. */
const most: Published = { atLeast: 0.5 }

/** Figure 14: Qwen3 on TSMC-SoW at batch 4,096. */
export default {
  contract: "reproduction/v1",
  title: "Figure 14: reads and writes of DRAM",
  claim: "Under Base most reads are remote; every strategy turns most of them local; only duplication writes.",
  figures: ["memory-traffic"],
  run: Effect.fnUntraced(function* (bench) {
    const request = { machines: ["tsmc-sow"], strategies, batches: [4096] }
    const all = yield* studyRuns(bench, request, ["qwen3-235b"])
    const rows = all.flatMap((runs) =>
      strategies.flatMap((strategy) => [
        rowOf(
          runs,
          {
            what: `${strategy}: ${strategy === "base" ? "remote" : "local"} share of reads`,
            unit: "share",
            published: most
          },
          (r) => {
            const { local, remote } = bytes(r, strategy)
            return share(strategy === "base" ? remote : local, local + remote)
          }
        ),
        rowOf(runs, { what: `${strategy}: writes over reads`, unit: "share", published: null }, (r) => {
          const { local, remote, written } = bytes(r, strategy)
          return share(written, local + remote)
        })
      ])
    )
    const documents = yield* Effect.forEach(all, ({ subject }) => bench.simulation(subject.twin, request))
    return { rows, documents, notes: all.length === 0 ? ["Qwen3-235B is not among the models asked for."] : [] }
  })
} satisfies Reproduction

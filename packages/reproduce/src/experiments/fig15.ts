import { dojo } from "@moira/wafer"
import type { Published, ReproducedRow } from "../document.ts"
import { Effect } from "effect"
import type { Reproduction } from "../reproduction.ts"
import { meanMetric, rowOf, studyRuns } from "../study-runs.ts"

const machines = ["dojo", "dojo-enhanced"]
/** The host's way beyond the Global Command Processor's. */
const hostTripUs = (dojo.hostCpu.basePs - dojo.globalCp.basePs) / 1e6
const batches = [4096, 8192, 16_384]

/** Slowdown in per cent, lowest to highest over batches. */
const published: Readonly<Record<string, Published>> = {
  "deepseek-v3 dojo": { from: 5.2, to: 6.4 },
  "qwen3-235b dojo": { from: 11.1, to: 14.2 },
  "deepseek-v3 dojo-enhanced": { from: 19.3, to: 23.8 },
  "qwen3-235b dojo-enhanced": { from: 42, to: 51.6 }
}

/** Figure 15: the allocation decided on the host CPU instead of the wafer's Global Command Processor. */
export default {
  contract: "reproduction/v1",
  title: "Figure 15: deciding on the host CPU",
  claim: "Two PCIe transfers a layer cost 5 to 14 % on Dojo and 19 to 52 % on Dojo-Enhanced, most for Qwen3.",
  figures: [],
  run: Effect.fnUntraced(function* (bench) {
    const request = { machines, batches, strategies: ["allo+pred"] }
    const models = ["deepseek-v3", "qwen3-235b"]
    const onWafer = yield* studyRuns(bench, request, models)
    const onHost = yield* studyRuns(bench, { ...request, controller: "host-cpu" }, models)
    const rows = onWafer.flatMap((wafer, i): ReadonlyArray<ReproducedRow> =>
      machines.flatMap((machine) =>
        batches.map((batch) => {
          const time = (side: "twin" | "real", runs: typeof wafer) =>
            runs[side] === undefined
              ? null
              : meanMetric(runs[side], { machine, batch, strategy: "allo+pred" }, "time_ps")
          const slower = (side: "twin" | "real") => {
            const [there, here] = [time(side, onHost[i]!), time(side, wafer)]
            return there === null || here === null ? null : 100 * (there / here - 1)
          }
          const what = `slower when decided on the host, ${machine}, batch ${batch.toLocaleString("en-US")}`
          const of = published[`${wafer.subject.model.id} ${machine}`] ?? null
          const row = rowOf(wafer, { what, unit: "percent", published: of }, () => null)
          return { ...row, twin: slower("twin"), real: slower("real") }
        })
      )
    )
    const notes = [
      `One constant is fitted here and used nowhere else: a layer waits ${hostTripUs} us longer where the host decides, whatever model, machine and batch.`,
      "The study gives no time for it. A constant time weighs less the longer a layer takes, so that ours falls with the batch by half; published slowdowns " +
        "hardly do, which no constant time can give: theirs would have to grow with the batch, from about 20 to 60 us."
    ]
    return {
      rows,
      documents: [],
      notes: rows.length === 0 ? ["Neither of its models is among those asked for."] : notes
    }
  })
} satisfies Reproduction

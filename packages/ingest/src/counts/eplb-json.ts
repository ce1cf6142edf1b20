/** The load table that EPLB and placement scripts take, as JSON: `[layer][expert]`, one file a workload. */
import type { CountsSource } from "../counts-source.ts"
import { ContentFault } from "../fault/content-fault.ts"
import { scanCountsJson } from "./parts/json-scan.ts"
import { oneFileEach } from "./parts/workloads.ts"

const endings = [".json"]

const eplbJson: CountsSource = {
  contract: "counts-format/v1",
  counts: true,
  id: "eplb-json",
  title: "EPLB load table, JSON [layer][expert]",
  endings,
  recognises: ({ bytes }) =>
    /^\s*\[\s*\[\s*(?:-?\d|-?Infinity\b|NaN\b)/.test(Buffer.from(bytes).toString("latin1"))
      ? { matches: true }
      : { matches: false, why: "no list of lists of numbers" },
  read: oneFileEach(endings, (bytes) => {
    const array = scanCountsJson(bytes, false)
    if (array.shape.length === 2) return array
    throw new ContentFault("WrongShape", "byte 0", `${array.shape.length} levels of lists, where [layer][expert] has 2`)
  })
}

export default eplbJson

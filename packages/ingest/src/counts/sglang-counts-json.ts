/** SGLang's counts as JSON: `{"logical_count": [layer][expert]}` or `[step][layer][expert]`. */
import type { CountsSource } from "../counts-source.ts"
import { scanCountsJson } from "./parts/json-scan.ts"
import { oneFileEach } from "./parts/workloads.ts"

const endings = [".json"]

const sglangCountsJson: CountsSource = {
  contract: "counts-format/v1",
  counts: true,
  id: "sglang-counts-json",
  title: "SGLang expert counts, JSON with logical_count [layer][expert] or [step][layer][expert]",
  endings,
  recognises: ({ bytes }) =>
    /^\s*\{[^[]{0,4096}?"logical_count"\s*:\s*\[/.test(Buffer.from(bytes).toString("latin1"))
      ? { matches: true }
      : { matches: false, why: "no object with a list logical_count" },
  read: oneFileEach(endings, (bytes) => scanCountsJson(bytes, true))
}

export default sglangCountsJson

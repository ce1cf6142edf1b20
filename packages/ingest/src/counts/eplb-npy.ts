/** The load table that EPLB and placement scripts take, as a NumPy array `[layer, expert]`, one file a workload. */
import type { CountsSource } from "../counts-source.ts"
import { npyCounts, recogniseNpy } from "./parts/npy-counts.ts"
import { oneFileEach } from "./parts/workloads.ts"

const endings = [".npy"]

const eplbNpy: CountsSource = {
  contract: "counts-format/v1",
  counts: true,
  id: "eplb-npy",
  title: "EPLB load table, .npy [layer, expert]",
  endings,
  recognises: (sample) => recogniseNpy(sample, 2),
  read: oneFileEach(endings, (bytes) => npyCounts(bytes, 2, "[layer, expert]"))
}

export default eplbNpy

/** Expert hotness over time as placement contests give it: a NumPy array `[step, layer, expert]`, one file a workload. */
import type { CountsSource } from "../counts-source.ts"
import { npyCounts, recogniseNpy } from "./parts/npy-counts.ts"
import { oneFileEach } from "./parts/workloads.ts"

const endings = [".npy"]

const hotnessNpy: CountsSource = {
  contract: "counts-format/v1",
  counts: true,
  id: "hotness-npy",
  title: "expert hotness over time, .npy [step, layer, expert]",
  endings,
  recognises: (sample) => recogniseNpy(sample, 3),
  read: oneFileEach(endings, (bytes) => npyCounts(bytes, 3, "[step, layer, expert]"))
}

export default hotnessNpy

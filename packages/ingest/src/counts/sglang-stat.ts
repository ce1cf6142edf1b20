/**
 * SGLang's recorder in mode `stat` (sglang/srt/eplb/expert_distribution.py): a `.pt` file
 * `{rank, logical_count int32 [step, layer, expert], average_utilization_rate_over_window}`. The steps are a ring buffer:
 * those never written are zero.
 */
import { Effect } from "effect"
import { ContentFault } from "../fault/content-fault.ts"
import type { CountsSource } from "../counts-source.ts"
import { listFiles } from "../parts/list-files.ts"
import { withByteSource } from "../codecs/bytes/byte-source.ts"
import type { PlainDict } from "../codecs/pickle/plain.ts"
import { openTorch, tensorOf, type TorchFile, torchSample } from "../codecs/pickle/torch-file.ts"
import { type RankGroup, RankSum, withoutEmptySteps } from "./parts/rank-files.ts"
import { rankWorkloads, type Summed } from "./parts/rank-stream.ts"
import { checkedLoads } from "./parts/loads.ts"
import { askedModel } from "./parts/workloads.ts"

const endings = [".pt"]

const rootOf = ({ root }: TorchFile): PlainDict => {
  if (root instanceof Map && root.has("logical_count")) return root
  throw new ContentFault("WrongShape", "record 0", "no dict with logical_count")
}

const rankOf = (file: string): number =>
  withByteSource(file, (source) => {
    const rank = rootOf(openTorch(source)).get("rank") ?? 0
    if (typeof rank === "number" && Number.isSafeInteger(rank) && rank >= 0) return rank
    throw new ContentFault("Malformed", "record 0", "its rank is no whole number")
  })

const readCounts = (file: string) =>
  withByteSource(file, (source) => {
    const torch = openTorch(source)
    const tensor = tensorOf(rootOf(torch), "logical_count", [2, 3], "record 0")
    const shape = tensor.shape.length === 2 ? [1, ...tensor.shape] : tensor.shape
    if (tensor.elements === 0)
      throw new ContentFault("WrongShape", "record 0", `logical_count is [${shape.join(", ")}]`)
    return { shape, values: checkedLoads(torch.read(tensor), "record 0") }
  })

const sum = (group: RankGroup, during: (file: string) => void): Summed => {
  const total = new RankSum()
  for (const { file, rank } of group.files) {
    during(file)
    total.add(readCounts(file), rank)
  }
  const { array, notes } = total.finish()
  const { array: kept, empty } = withoutEmptySteps(array)
  const steps = array.shape[0]!
  const ring =
    empty > 0
      ? `${empty} of ${steps} steps of the ring buffer were never written and are left out`
      : "the ring buffer is full: its oldest step may be any"
  return { array: kept, notes: steps > 1 ? [...notes, ring] : notes }
}

const sglangStat: CountsSource = {
  contract: "counts-format/v1",
  counts: true,
  id: "sglang-stat",
  title: "SGLang recorder in mode stat, .pt with logical_count [step, layer, expert]",
  endings,
  recognises: ({ bytes }) => {
    const keys = torchSample(bytes, ["logical_count", "records"])
    if (keys === undefined) return { matches: false, why: "not written by torch.save" }
    if (keys.has("logical_count") && !keys.has("records")) return { matches: true }
    return { matches: false, why: "its pickle has no logical_count" }
  },
  read: Effect.fn("ingest.sglangStat.read")(function* (paths, options) {
    const files = yield* listFiles(paths, endings)
    return yield* rankWorkloads(files, yield* askedModel(options.model), rankOf, sum)
  })
}

export default sglangStat

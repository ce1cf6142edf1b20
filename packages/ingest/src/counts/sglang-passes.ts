/**
 * SGLang's recorder in mode `per_pass` (sglang/srt/eplb/expert_distribution.py): `.pt` files, one a rank, with a count
 * of PHYSICAL slots for each forward pass, mapped here to logical experts by `last_physical_to_logical_map`.
 */
import { Effect } from "effect"
import { ContentFault } from "../fault/content-fault.ts"
import type { CountsSource } from "../counts-source.ts"
import { listFiles } from "../parts/list-files.ts"
import { withByteSource } from "../codecs/bytes/byte-source.ts"
import { openTorch, tensorOf, type TorchFile, torchSample } from "../codecs/pickle/torch-file.ts"
import { readSlotMap, recordsOf, type SlotMap } from "../formats/sglang-recorder/recording.ts"
import type { CountsArray } from "./parts/json-scan.ts"
import { type RankGroup, RankSum, stepsOfWindow } from "./parts/rank-files.ts"
import { rankWorkloads, type Summed } from "./parts/rank-stream.ts"
import { checkedLoads } from "./parts/loads.ts"
import { askedModel } from "./parts/workloads.ts"

const endings = [".pt"]

/** The rank of a file and the passes that it has, without their counts. */
const headOf = (file: string) =>
  withByteSource(file, (source) => {
    const records = recordsOf(openTorch(source))
    return { rank: records[0]!.rank, passes: records.map(({ pass }) => pass) }
  })

/** Adds the physical counts of one pass to its step, slot by slot through the map. */
const addPass = (
  physical: Float64Array,
  { layers, slots, logical, experts }: SlotMap,
  counts: Float64Array,
  step: number
) => {
  for (let layer = 0; layer < layers; layer++) {
    const row = (step * layers + layer) * experts
    for (let slot = 0; slot < slots; slot++) {
      const at = layer * slots + slot
      if (logical[at]! < 0 && physical[at]! > 0)
        throw new ContentFault(
          "OutOfRange",
          "record 0",
          `layer ${layer}, slot ${slot} was counted, but holds no expert by the map at the end of recording`
        )
      if (logical[at]! >= 0) counts[row + logical[at]!]! += physical[at]!
    }
  }
}

const stepCounts = (torch: TorchFile, steps: ReadonlyMap<number, number>, count: number): CountsArray => {
  const map = readSlotMap(torch)
  const counts = new Float64Array(count * map.layers * map.experts)
  for (const { pass, index, dict } of recordsOf(torch)) {
    const place = `record ${index}`
    const tensor = tensorOf(dict, "global_physical_count", [2], place)
    if (tensor.shape[0] !== map.layers || tensor.shape[1] !== map.slots)
      throw new ContentFault(
        "Ragged",
        place,
        `counts [${tensor.shape.join(", ")}] for a map [${map.layers}, ${map.slots}]`
      )
    addPass(checkedLoads(torch.read(tensor), place), map, counts, steps.get(pass)!)
  }
  return { shape: [count, map.layers, map.experts], values: counts }
}

const sum = (group: RankGroup, during: (file: string) => void): Summed => {
  const passes = new Set<number>()
  let [layers, experts] = [0, 0]
  for (const { file } of group.files) {
    during(file)
    for (const pass of headOf(file).passes) passes.add(pass)
    const map = withByteSource(file, (source) => readSlotMap(openTorch(source)))
    ;[layers, experts] = [map.layers, map.experts]
  }
  const window = stepsOfWindow(passes.size, layers, experts)
  const steps = new Map([...passes].toSorted((a, b) => a - b).map((pass, i) => [pass, Math.floor(i / window)]))
  const total = new RankSum()
  for (const { file, rank } of group.files) {
    during(file)
    total.add(
      withByteSource(file, (source) => stepCounts(openTorch(source), steps, Math.ceil(passes.size / window))),
      rank
    )
  }
  const { array, notes } = total.finish()
  const windows = window > 1 ? [`each step is the sum of ${window} forward passes`] : []
  return { array, notes: ["slots were mapped to experts by the map at the end of recording", ...windows, ...notes] }
}

const sglangPasses: CountsSource = {
  contract: "counts-format/v1",
  counts: true,
  id: "sglang-passes",
  title: "SGLang recorder in mode per_pass, .pt with counts of physical slots for each forward pass",
  endings,
  recognises: ({ bytes }) => {
    const keys = torchSample(bytes, ["records", "global_physical_count", "topk_ids_of_layer", "input_ids"])
    if (keys === undefined) return { matches: false, why: "not written by torch.save" }
    if (keys.has("topk_ids_of_layer") || keys.has("input_ids")) return { matches: false, why: "it holds ids of tokens" }
    if (keys.has("records") && keys.has("global_physical_count")) return { matches: true }
    const near = keys.has("records") ? { near: 0.5 } : {}
    return { matches: false, why: "its pickle has no records with global_physical_count", ...near }
  },
  read: Effect.fn("ingest.sglangPasses.read")(function* (paths, options) {
    const files = yield* listFiles(paths, endings)
    return yield* rankWorkloads(files, yield* askedModel(options.model), (file) => headOf(file).rank, sum)
  })
}

export default sglangPasses

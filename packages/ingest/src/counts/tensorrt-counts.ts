/**
 * Counts of TensorRT-LLM's load balancer: `rank{r}.safetensors`, tensors `{iteration}_{layer}` of `[expert]`, layers by
 * their real number; a folder is a workload, summed over its ranks.
 */
import { Effect } from "effect"
import * as path from "node:path"
import { ContentFault } from "../fault/content-fault.ts"
import type { CountsSource } from "../counts-source.ts"
import { IngestError } from "../fault/error.ts"
import { listFiles } from "../parts/list-files.ts"
import { withByteSource } from "../codecs/bytes/byte-source.ts"
import { elementReader, storageTypes } from "../codecs/pickle/dtype.ts"
import { readSafetensorsHeader, type Safetensor, safetensorsHeaderBytes } from "../codecs/safetensors/safetensors.ts"
import type { TraceSample } from "../source.ts"
import type { CountsArray } from "./parts/json-scan.ts"
import { type RankGroup, RankSum, stepsOfWindow } from "./parts/rank-files.ts"
import { rankWorkloads, type Summed } from "./parts/rank-stream.ts"
import { checkedLoads } from "./parts/loads.ts"
import { askedModel } from "./parts/workloads.ts"

const endings = [".safetensors"]

const types: Readonly<Record<string, string>> = {
  U8: "torch.ByteStorage",
  I16: "torch.ShortStorage",
  I32: "torch.IntStorage",
  I64: "torch.LongStorage",
  F32: "torch.FloatStorage",
  F64: "torch.DoubleStorage"
}

interface Entry {
  readonly iteration: number
  readonly layer: number
  readonly tensor: Safetensor
}

const entryOf = (tensor: Safetensor): Entry => {
  const key = /^(\d{1,9})_(\d{1,9})$/.exec(tensor.name)
  if (key === null || tensor.shape.length !== 1 || tensor.shape[0] === 0 || types[tensor.type] === undefined)
    throw new ContentFault(
      "WrongShape",
      `byte ${tensor.from}`,
      `tensor ${tensor.name} is no count ITERATION_LAYER of [expert]`
    )
  return { iteration: Number(key[1]), layer: Number(key[2]), tensor }
}

/** Iterations, layers and experts of a file, every pair of them there once. */
const readLayout = (file: string) =>
  withByteSource(file, ({ size, read }) => {
    const length = safetensorsHeaderBytes(read(0, Math.min(8, size)), size)
    const entries = readSafetensorsHeader(read(0, 8 + length), size).map(entryOf)
    if (entries.length === 0) throw new ContentFault("WrongShape", "byte 8", "holds no tensor")
    const ascending = (pick: (entry: Entry) => number) => [...new Set(entries.map(pick))].toSorted((a, b) => a - b)
    const [iterations, layers] = [ascending((entry) => entry.iteration), ascending((entry) => entry.layer)]
    const experts = entries[0]!.tensor.shape[0]!
    const odd = entries.find(({ tensor }) => tensor.shape[0] !== experts)
    if (odd !== undefined)
      throw new ContentFault(
        "Ragged",
        `byte ${odd.tensor.from}`,
        `tensor ${odd.tensor.name} has ${odd.tensor.shape[0]} experts, others ${experts}`
      )
    const pairs = new Set(entries.map((entry) => `${entry.iteration}_${entry.layer}`)).size
    if (pairs !== entries.length || pairs !== iterations.length * layers.length)
      throw new ContentFault(
        "Ragged",
        "byte 8",
        `${pairs} tensors for ${iterations.length} iterations x ${layers.length} layers`
      )
    return { entries, iterations, layers, experts }
  })

type Layout = ReturnType<typeof readLayout>

const readCounts = (file: string, { entries, iterations, layers, experts }: Layout, window: number): CountsArray =>
  withByteSource(file, ({ read }) => {
    const steps = Math.ceil(iterations.length / window)
    const values = new Float64Array(steps * layers.length * experts)
    const stepOf = new Map(iterations.map((iteration, i) => [iteration, Math.floor(i / window)]))
    const rowOf = new Map(layers.map((layer, row) => [layer, row]))
    for (const { iteration, layer, tensor } of entries) {
      const bytes = read(tensor.from, tensor.to - tensor.from)
      const element = elementReader(
        storageTypes.get(types[tensor.type]!)!,
        new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
      )
      const counts = checkedLoads(
        Array.from({ length: experts }, (_, i) => element(i)),
        `byte ${tensor.from}`
      )
      const at = (stepOf.get(iteration)! * layers.length + rowOf.get(layer)!) * experts
      for (let e = 0; e < experts; e++) values[at + e]! += counts[e]!
    }
    return { shape: [steps, layers.length, experts], values }
  })

const sum = (group: RankGroup, during: (file: string) => void): Summed => {
  const total = new RankSum()
  let first: Layout | undefined
  let window = 1
  for (const { file, rank } of group.files) {
    during(file)
    const layout = readLayout(file)
    first ??= layout
    if (layout.layers.join() !== first.layers.join() || layout.iterations.join() !== first.iterations.join())
      throw new ContentFault(
        "Ragged",
        "byte 8",
        `rank ${rank} has other iterations or layers than rank ${group.files[0]!.rank}`
      )
    window = stepsOfWindow(layout.iterations.length, layout.layers.length, layout.experts)
    total.add(readCounts(file, layout, window), rank)
  }
  const { array, notes } = total.finish()
  const windows = window > 1 ? [`each step is the sum of ${window} iterations`] : []
  return { array: { ...array, layers: first!.layers }, notes: [...windows, ...notes] }
}

/** Looks at the first tensor of the header, which may be longer than the sample. */
const recognises = ({ bytes }: TraceSample) => {
  const text = Buffer.from(bytes).toString("latin1")
  const first = /^.{8}\s*\{(?:"__metadata__":\{[^{}]*\},)?"\d+_\d+":(\{[^{}]*\})/s.exec(text)?.[1]
  if (first === undefined) return { matches: false, why: "no tensor ITERATION_LAYER opens its header" } as const
  if (/"shape":\[\d+\]/.test(first)) return { matches: true } as const
  return { matches: false, why: "its tensors are no lists of counts" } as const
}

const rankOf = (file: string): number => Number(/(\d{1,9})\.[^.]*$/.exec(path.basename(file))?.[1] ?? 0)

const tensorrtCounts: CountsSource = {
  contract: "counts-format/v1",
  counts: true,
  id: "tensorrt-counts",
  title: "TensorRT-LLM expert statistics, rank*.safetensors with counts ITERATION_LAYER",
  endings,
  recognises,
  read: Effect.fn("ingest.tensorrtCounts.read")(function* (paths, options) {
    const listed = yield* listFiles(paths, endings)
    // The balancer writes ids beside counts, as rank0_raw.safetensors.
    const files = listed.filter((file) => !file.endsWith("_raw.safetensors"))
    if (files.length === 0)
      return yield* new IngestError({
        reason: "Empty",
        where: listed[0]!,
        what: "only raw ids are here, no counts",
        hint: "name the format of ids with --format"
      })
    return yield* rankWorkloads(files, yield* askedModel(options.model), rankOf, sum)
  })
}

export default tensorrtCounts

/** From files to workloads: what each is called, which phase it is, and which files belong together. */
import { type ExpertCounts, type Phase } from "@moira/trace"
import { choosableIds, given, type Model } from "@moira/core"
import { resolveModel } from "@moira/core/node"
import { Effect, Stream } from "effect"
import { createHash, hash } from "node:crypto"
import * as path from "node:path"
import type { CountsRead } from "../../counts-source.ts"
import { IngestError } from "../../fault/error.ts"
import { FileBuffer } from "../../codecs/bytes/file-buffer.ts"
import { listFiles } from "../../parts/list-files.ts"
import { contentError } from "../../fault/content-error.ts"
import { ContentFault } from "../../fault/content-fault.ts"
import type { ReadOptions } from "../../source.ts"
import type { CountsArray } from "./json-scan.ts"
import { labelRows, numberedRows } from "./layers.ts"
import { countsOf } from "./loads.ts"

/** The phase that a name says: `prefill_in1000.json`; `both` where it says none or two. */
export const phaseOf = (name: string): Phase => {
  const [prefill, decode] = [/prefill/i.test(name), /decode/i.test(name)]
  return prefill === decode ? "both" : prefill ? "prefill" : "decode"
}

const stem = (file: string): string => path.basename(file).replace(/\.[^.]+$/, "")

/** A name for each file: its own, with its folder where two share one, or its path where that does not tell them apart. */
export const workloadNames = (files: ReadonlyArray<string>): ReadonlyArray<string> => {
  const folded = (file: string) => `${path.basename(path.dirname(path.resolve(file)))}/${stem(file)}`
  for (const name of [stem, folded]) {
    const names = files.map(name)
    if (new Set(names).size === files.length) return names
  }
  return files
}

/** The model asked for, by name, file or value; undefined where none was. */
export const askedModel = Effect.fn("ingest.askedModel")(function* (asked: string | Model | undefined) {
  if (typeof asked !== "string") return asked
  return yield* resolveModel(asked).pipe(
    Effect.mapError(
      ({ where, what, hint, cause }) =>
        new IngestError({ reason: "UnknownModel", where, what, hint, ...given({ cause }) })
    )
  )
})

/** Most bytes of a text file of counts, which is read whole. */
const maxText = 2 ** 28

/** The bytes of a file and their hash; `buffer` is used again. Throws `ContentFault` or the file system's error. */
const readWhole = (file: string, buffer: FileBuffer) => {
  buffer.read(file)
  if (buffer.length > maxText)
    throw new ContentFault(
      "WrongShape",
      "byte 0",
      `${buffer.length} bytes are more than the ${maxText} of a count table`
    )
  const bytes = buffer.bytes.subarray(0, buffer.length)
  return { bytes, sha256: hash("sha256", bytes) }
}

/** One hash over the hashes of several files. */
export const hashOfHashes = (hashes: ReadonlyArray<string>): string =>
  hashes.length === 1 ? hashes[0]! : createHash("sha256").update(hashes.join("\n")).digest("hex")

/** Steps, rows and experts of an array of two or three dimensions. */
const asSteps = ({
  shape,
  values
}: CountsArray): { steps: number; rows: number; experts: number; values: Float64Array } => {
  const [steps, rows, experts] = shape.length === 2 ? [1, ...shape] : shape
  return { steps: steps!, rows: rows!, experts: experts!, values }
}

export interface Unlabelled {
  readonly workload: string
  readonly phase: Phase
  readonly source: string
  readonly sha256: string
  readonly notes: ReadonlyArray<string>
}

/** With a column for each of the model's experts where the source left out those that were not chosen. */
const widened = (array: CountsArray, asked: Model | undefined): CountsArray => {
  const { steps, rows, experts, values } = asSteps(array)
  if (array.sparse !== true || asked === undefined || experts >= asked.experts) return array
  const wide = new Float64Array(steps * rows * asked.experts)
  for (let row = 0; row < steps * rows; row++)
    wide.set(values.subarray(row * experts, (row + 1) * experts), row * asked.experts)
  return { ...array, shape: [steps, rows, asked.experts], values: wide }
}

/** Without the columns of zero experts, which are no load. */
const withoutZero = (array: CountsArray, asked: Model | undefined): CountsArray => {
  const { steps, rows, experts, values } = asSteps(array)
  if (asked === undefined || experts === asked.experts || experts !== choosableIds(asked)) return array
  const real = new Float64Array(steps * rows * asked.experts)
  for (let row = 0; row < steps * rows; row++)
    real.set(values.subarray(row * experts, row * experts + asked.experts), row * asked.experts)
  const note = `counts of ${experts - asked.experts} zero experts are left out: they do no work`
  return { ...array, shape: [steps, rows, asked.experts], values: real, notes: [...(array.notes ?? []), note] }
}

/** Counts as a workload; rows are named by the file, the model or the catalogue. */
export const asWorkload = (about: Unlabelled, read: CountsArray, asked: Model | undefined): ExpertCounts => {
  const array = withoutZero(widened(read, asked), asked)
  const { steps, rows, experts, values } = asSteps(array)
  const { counts, scale, notes: scaled } = countsOf(values, rows, experts)
  const { layers, model, notes } =
    array.layers === undefined
      ? labelRows(asked, rows, experts, counts)
      : numberedRows(asked, array.layers, experts, counts)
  const fewest = `${experts} experts, the highest that is named: name the model with --model where it has more`
  const all = [
    ...about.notes,
    ...(array.notes ?? []),
    ...notes,
    ...(array.sparse === true && asked === undefined ? [fewest] : []),
    ...scaled
  ]
  return { ...about, ...given({ model, scale }), layers, experts, steps, counts, notes: all }
}

/** Workloads of files that are one each, decoded as the stream is pulled. */
export const oneFileEach =
  (endings: ReadonlyArray<string>, decode: (bytes: Uint8Array, file: string) => CountsArray) =>
  (paths: ReadonlyArray<string>, options: ReadOptions): Effect.Effect<CountsRead, IngestError> =>
    Effect.gen(function* () {
      const files = yield* listFiles(paths, endings)
      const model = yield* askedModel(options.model)
      const names = workloadNames(files)
      const entries = files
        .map((file, i) => ({ file, workload: names[i]! }))
        .toSorted((a, b) => (a.workload < b.workload ? -1 : 1))
      const workloads = Stream.suspend(() => {
        const buffer = new FileBuffer()
        return Stream.fromIterable(entries, { chunkSize: 1 }).pipe(
          Stream.mapEffect(({ file, workload }) =>
            Effect.try({
              try: () => {
                const { bytes, sha256 } = readWhole(file, buffer)
                const about = { workload, phase: phaseOf(stem(file)), source: file, sha256, notes: [] }
                return asWorkload(about, decode(bytes, file), model)
              },
              catch: contentError(file)
            })
          )
        )
      })
      return { files: files.length, workloads }
    })

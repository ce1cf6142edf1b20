/**
 * SGLang's recorder in mode `per_token` (sglang/srt/eplb/expert_distribution.py): `.pt` files, one a rank, with the
 * physical slots that each token of each forward pass went to.
 */
import { Effect } from "effect"
import { contentError } from "../../fault/content-error.ts"
import { ContentFault } from "../../fault/content-fault.ts"
import decode from "./decoder.ts"
import { labelFile } from "../../parts/layout.ts"
import { listFiles } from "../../parts/list-files.ts"
import { withByteSource } from "../../codecs/bytes/byte-source.ts"
import { openTorch, torchSample } from "../../codecs/pickle/torch-file.ts"
import { modelFor, type SeenShape } from "../../parts/model-by-shape.ts"
import { defineFormat } from "../../parts/define-format.ts"
import { readRawPass, usedColumns } from "./pass-ids.ts"
import { type RankedFile, readSlotMap, type Recording, recordsOf } from "./recording.ts"
import type { ReadOptions } from "../../source.ts"

const endings = [".pt"]

/** What holds of any recording; the rest is told of the requests that it is about. */
const notesOf = (files: ReadonlyArray<RankedFile>): ReadonlyArray<string> => [
  "slots were mapped to experts by the map at the end of recording",
  ...(new Set(files.map(({ rank }) => rank)).size > 1
    ? [
        "passes that a rank before had recorded with the same ids were left out, as ranks that share tokens record them all"
      ]
    : [])
]

const rankOf = (file: string): number => withByteSource(file, (source) => recordsOf(openTorch(source))[0]!.rank)

const look = (file: string): SeenShape =>
  withByteSource(file, (source) => {
    const torch = openTorch(source)
    const record = recordsOf(torch)[0]!
    const raw = readRawPass(torch, record)
    const { experts } = readSlotMap(torch)
    return { layers: raw.layers, topK: usedColumns(raw), experts }
  })

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The rank of a file; a file that does not even say so stands for itself, and is refused when it is decoded. */
const rankIfTold = (file: string): number | undefined => {
  try {
    return rankOf(file)
  } catch (cause) {
    if (cause instanceof ContentFault) return undefined
    throw cause
  }
}

const isTold = (file: { readonly rank: number | undefined }): file is RankedFile => file.rank !== undefined

/** Each file by itself where all are of one rank; else those of all ranks together. */
const recordingsOf = (files: ReadonlyArray<RankedFile>): ReadonlyArray<Recording> => {
  const [first, ...rest] = files
  if (first === undefined) return []
  if (rest.every(({ rank }) => rank === first.rank)) return files.map((file) => ({ path: file.path, files: [file] }))
  return [{ path: first.path, beside: rest.map(({ path }) => path), files }]
}

const list = Effect.fn("ingest.sglangRecorder.list")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const found = yield* Effect.forEach(listed, (file) =>
    Effect.map(Effect.try({ try: () => rankIfTold(file), catch: contentError(file) }), (rank) => ({
      ...labelFile(file),
      rank
    }))
  )
  // Each rank's recordings one after another, in the order of their names, which hold the time.
  const sorted = found.filter(isTold).toSorted((a, b) => a.rank - b.rank || byText(a.path, b.path))
  const untold = found.filter((file) => !isTold(file)).map((file) => ({ ...file, rank: 0 }))
  const known = [...sorted, ...untold]
  const model = yield* modelFor(known, options.model, () => look(known[0]!.path))
  const files = [...recordingsOf(sorted), ...untold.map((file) => ({ path: file.path, files: [file] }))]
  return { model, files, notes: notesOf(sorted) }
})

export default defineFormat({
  id: "sglang-recorder",
  title: "SGLang recorder in mode per_token, .pt with the slots of each token of each forward pass",
  endings,
  recognises: ({ bytes }) => {
    const keys = torchSample(bytes, ["records", "topk_ids_of_layer", "input_ids"])
    if (keys === undefined) return { matches: false, why: "not written by torch.save" }
    if (keys.has("records") && (keys.has("topk_ids_of_layer") || keys.has("input_ids"))) return { matches: true }
    const near = keys.has("records") ? { near: 0.6 } : {}
    return { matches: false, why: "its pickle has no records with topk_ids_of_layer", ...near }
  },
  list,
  decode,
  decoder: import.meta.resolve("@moira/ingest/formats/sglang-recorder/decoder")
})

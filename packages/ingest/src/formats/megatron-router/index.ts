/** JSON lines of Megatron-LM's router tracer: `router_trace_rank*.jsonl`, one record a layer of a forward pass. */
import { Effect } from "effect"
import * as path from "node:path"
import decode, { type Recording } from "./decoder.ts"
import { firstOf } from "../../codecs/json-lines/lines.ts"
import { inFillOrder, labelFile, type LabelledFile } from "../../parts/layout.ts"
import { listFiles } from "../../parts/list-files.ts"
import { passesOf } from "./passes.ts"
import { modelFor, type SeenShape } from "../../parts/model-by-shape.ts"
import { defineFormat } from "../../parts/define-format.ts"
import type { ReadOptions, Recognition, TraceSample } from "../../source.ts"

const endings = [".jsonl"]

const recognises = ({ bytes }: TraceSample): Recognition => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")
  const known = /^\s*\{/.test(text) && ["step", "layer", "top_indices"].every((key) => text.includes(`"${key}"`))
  if (known) return { matches: true }
  const near = text.includes('"top_indices"') ? { near: 0.6 } : {}
  return { matches: false, why: "its records do not have step, layer and top_indices", ...near }
}

const look = (file: LabelledFile): SeenShape => {
  const first = firstOf(passesOf(file.path))
  return { layerNumbers: [...first.layers.keys()], topK: first.topK, ids: first.ids }
}

const rankPattern = /rank(\d+)(?=[^/\\]*$)/

const rank = (file: LabelledFile): number => Number(rankPattern.exec(file.path)?.[1] ?? 0)

/** Files of one folder whose names differ in the rank alone are one run; others stand for themselves. */
const recordingsOf = (files: ReadonlyArray<LabelledFile>): ReadonlyArray<Recording> =>
  [...Map.groupBy(files, (file) => path.resolve(file.path).replace(rankPattern, "rank")).values()].map((run) => {
    const [first, ...rest] = run as [LabelledFile, ...Array<LabelledFile>]
    const beside = rest.map((file) => file.path)
    return { path: first.path, ...(beside.length === 0 ? {} : { beside }), files: run }
  })

const list = Effect.fn("ingest.megatronRouter.list")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const files = listed.map(labelFile).toSorted((a, b) => rank(a) - rank(b) || inFillOrder(a, b))
  const model = yield* modelFor(files, options.model, () => look(files[0]!))
  const notes = ["records of multi-token prediction blocks (block mtp) are left out"]
  return { model, files: recordingsOf(files), notes }
})

export default defineFormat({
  id: "megatron-router",
  title: "router traces of Megatron-LM (router_trace_rank*.jsonl)",
  endings,
  recognises,
  list,
  decode,
  decoder: import.meta.resolve("@moira/ingest/formats/megatron-router/decoder")
})

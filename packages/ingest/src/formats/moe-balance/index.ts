/** Traces of moe-balance: an `.npz` a request, or JSON lines of layers of batches. */
import { Effect } from "effect"
import decode from "./decoder.ts"
import { isLines } from "../../codecs/json-lines/documents.ts"
import { firstOf } from "../../codecs/json-lines/lines.ts"
import { inFillOrder, labelFile, type LabelledFile } from "../../parts/layout.ts"
import { listFiles } from "../../parts/list-files.ts"
import { batchesOf } from "./batches.ts"
import { readRequestArchive } from "./archive.ts"
import { modelFor, type SeenShape } from "../../parts/model-by-shape.ts"
import { defineFormat } from "../../parts/define-format.ts"
import { isRolloutArchive } from "../../parts/trainer-arrays.ts"
import type { ReadOptions, Recognition, TraceSample } from "../../source.ts"
import { firstMemberName, isZip } from "../../codecs/zip/zip.ts"

const endings = [".npz", ".jsonl"]

const recognises = ({ bytes }: TraceSample): Recognition => {
  if (isZip(bytes)) {
    if (isRolloutArchive(bytes)) return { matches: false, why: "it has masks or lengths, as rollouts of a trainer" }
    const name = firstMemberName(bytes) ?? "nothing"
    if (/^(?:prompt_token_ids|output_token_ids|routed_experts)\.npy$/.test(name)) return { matches: true }
    return { matches: false, why: `its first array is ${name}, not token ids or routed_experts` }
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")
  const known = /^\s*\{/.test(text) && ["layer", "batch_id", "topk_experts"].every((key) => text.includes(`"${key}"`))
  if (known) return { matches: true }
  const near = text.includes('"topk_experts"') ? { near: 0.6 } : {}
  return { matches: false, why: "its records do not have layer, batch_id and topk_experts", ...near }
}

const look = (file: LabelledFile): SeenShape => {
  if (!isLines(file.path)) {
    const { source } = readRequestArchive(file.path)
    return { layers: source.layers, topK: source.topK, ids: source.values }
  }
  const first = firstOf(batchesOf(file.path))
  return { layerNumbers: [...first.layers.keys()], topK: first.topK }
}

const list = Effect.fn("ingest.moeBalance.list")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const files = listed.map(labelFile).toSorted(inFillOrder)
  const model = yield* modelFor(files, options.model, () => look(files[0]!))
  return { model, files }
})

export default defineFormat({
  id: "moe-balance",
  title: "traces of moe-balance (.npz a request, or JSON lines of batches)",
  endings,
  recognises,
  list,
  decode,
  decoder: import.meta.resolve("@moira/ingest/formats/moe-balance/decoder")
})

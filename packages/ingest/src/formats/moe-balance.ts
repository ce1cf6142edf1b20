/** Traces of moe-balance: an `.npz` a request, or JSON lines of layers of batches. */
import type { Model, TraceRequest } from "@moira/trace"
import { Effect } from "effect"
import { isLines } from "../json-lines/documents.ts"
import { firstOf } from "../json-lines/lines.ts"
import { inFillOrder, labelFile, type LabelledFile } from "../layout.ts"
import { listFiles } from "../list-files.ts"
import { batchesOf, batchSource } from "../moe-balance/batches.ts"
import { readRequestArchive } from "../moe-balance/archive.ts"
import { labelsOf, sha256 } from "../selections/labels.ts"
import { layerMajor } from "../selections/layer-major.ts"
import { modelFor, type SeenShape } from "../selections/model-by-shape.ts"
import { requestStream } from "../selections/stream.ts"
import type { ReadOptions, Recognition, TraceSample, TraceSource } from "../source.ts"
import { firstMemberName, isZip } from "../zip/zip.ts"

const endings = [".npz", ".jsonl"]

const recognises = ({ bytes }: TraceSample): Recognition => {
  if (isZip(bytes)) {
    const name = firstMemberName(bytes) ?? "nothing"
    if (/^(?:prompt_token_ids|output_token_ids|routed_experts)\.npy$/.test(name)) return { matches: true }
    return { matches: false, why: `its first array is ${name}, not token ids or routed_experts` }
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")
  const known = /^\s*\{/.test(text) && ["layer", "batch_id", "topk_experts"].every((key) => text.includes(`"${key}"`))
  return known ? { matches: true } : { matches: false, why: "its records do not have layer, batch_id and topk_experts" }
}

const requestsOf = (model: Model) =>
  function* (file: LabelledFile): Generator<TraceRequest> {
    if (!isLines(file.path)) {
      const { source, prefillTokens, digest } = readRequestArchive(file.path)
      const ids = layerMajor(source, model)
      const decodeTokens = source.tokens - prefillTokens
      yield { ...labelsOf(file), source: file.path, sha256: digest, prefillTokens, decodeTokens, ids }
      return
    }
    for (const batch of batchesOf(file.path)) {
      const { source, places } = batchSource(batch, model)
      const ids = layerMajor(source, model, places)
      yield {
        ...labelsOf(file),
        source: `${file.path}, batch ${batch.id}`,
        sha256: sha256(ids),
        prefillTokens: 0,
        decodeTokens: source.tokens,
        ids
      }
    }
  }

const look = (file: LabelledFile): SeenShape => {
  if (!isLines(file.path)) {
    const { source } = readRequestArchive(file.path)
    return { layers: source.layers, topK: source.topK }
  }
  const first = firstOf(batchesOf(file.path))
  return { layerNumbers: [...first.layers.keys()], topK: first.topK }
}

const read = Effect.fn("ingest.moeBalance.read")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const files = listed.map(labelFile).toSorted(inFillOrder)
  const model = yield* modelFor(files, options.model, () => look(files[0]!))
  const notes = files.some((file) => isLines(file.path))
    ? ["records do not say which request a token is of: each batch is one request of decode tokens, by origin row"]
    : []
  return { model, files: files.length, notes, requests: requestStream(files, requestsOf(model)) }
})

const moeBalance: TraceSource = {
  id: "moe-balance",
  title: "traces of moe-balance (.npz a request, or JSON lines of batches)",
  endings,
  recognises,
  read
}

export default moeBalance

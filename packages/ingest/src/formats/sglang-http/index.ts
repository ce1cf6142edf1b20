/** Routed experts of SGLang's HTTP interfaces: base64 of flat int32 `[token, layer, k]` in each response. */
import { Effect } from "effect"
import decode from "./decoder.ts"
import { ContentFault } from "../../fault/content-fault.ts"
import { documentsOf } from "../../codecs/json-lines/documents.ts"
import { inFillOrder, labelFile, type LabelledFile } from "../../parts/layout.ts"
import { listFiles } from "../../parts/list-files.ts"
import { modelFor, type SeenShape } from "../../parts/model-by-shape.ts"
import { defineFormat } from "../../parts/define-format.ts"
import { possibleTokens, readSglangResponse } from "./response.ts"
import type { ReadOptions, Recognition, TraceSample } from "../../source.ts"

const endings = [".json", ".jsonl"]

const recognises = ({ bytes }: TraceSample): Recognition => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")
  if (!/^\s*[[{]/.test(text)) return { matches: false, why: "it is no JSON" }
  const known = /"routed_experts"\s*:/.test(text) && /"sgl_ext"\s*:|"meta_info"\s*:/.test(text)
  return known ? { matches: true } : { matches: false, why: "it has no routed_experts in sgl_ext or meta_info" }
}

const look = (file: LabelledFile): SeenShape => {
  for (const { value } of documentsOf(file.path, readSglangResponse)) {
    const output = value.outputs[0]!
    const tokens = possibleTokens(output).find((count) => count > 0 && output.ids.length % count === 0)
    if (tokens === undefined || output.shared) return { name: value.model }
    return { name: value.model, layersTimesTopK: output.ids.length / tokens, ids: output.ids }
  }
  throw new ContentFault("Truncated", "byte 0", "the file holds no record")
}

const list = Effect.fn("ingest.sglangHttp.list")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const files = listed.map(labelFile).toSorted(inFillOrder)
  const model = yield* modelFor(files, options.model, () => look(files[0]!))
  return { model, files }
})

export default defineFormat({
  id: "sglang-http",
  title: "routed experts in responses of SGLang (sgl_ext or meta_info, base64 int32)",
  endings,
  recognises,
  list,
  decode,
  decoder: import.meta.resolve("@moira/ingest/formats/sglang-http/decoder")
})

/** Expert fingerprints of gpt-oss: JSON with `router_data`, or all requests packed into an `.npz`; decode only. */
import { Effect } from "effect"
import decode from "./decoder.ts"
import { isPack } from "./pack.ts"
import * as fs from "node:fs"
import * as path from "node:path"
import { contentError } from "../../fault/content-error.ts"
import { fingerprintJson } from "./json.ts"
import { sortFiles } from "./files.ts"
import { openPack, tableName } from "./pack.ts"
import { documentsOf } from "../../codecs/json-lines/documents.ts"
import { firstOf } from "../../codecs/json-lines/lines.ts"
import { inFillOrder, type LabelledFile } from "../../parts/layout.ts"
import { listFiles } from "../../parts/list-files.ts"
import { modelFor, type SeenShape } from "../../parts/model-by-shape.ts"
import { defineFormat } from "../../parts/define-format.ts"
import type { ReadOptions, Recognition, TraceFile, TraceSample } from "../../source.ts"
import { firstMemberName, isZip } from "../../codecs/zip/zip.ts"

const endings = [".json", ".npz"]

const recognises = ({ bytes }: TraceSample): Recognition => {
  if (isZip(bytes)) {
    const name = firstMemberName(bytes) ?? "nothing"
    if (/^(?:experts|probs|offsets)\.npy$/.test(name)) return { matches: true }
    return { matches: false, why: `its first array is ${name}, not experts, probs or offsets` }
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")
  if (/^\s*\{/.test(text) && (/"router_data"\s*:/.test(text) || /"full_text"\s*:\s*\[/.test(text)))
    return { matches: true }
  return { matches: false, why: "it is no JSON object with router_data and no .npz" }
}

const look = (file: LabelledFile): SeenShape => {
  if (isPack(file.path)) {
    const { layers, topK } = openPack(file.path)
    return { layers, topK }
  }
  const { routed } = firstOf(documentsOf(file.path, fingerprintJson)).value
  return { layers: routed.layers, topK: routed.topK, ids: routed.values }
}

const withTable = (file: LabelledFile): LabelledFile & TraceFile => {
  const table = path.join(path.dirname(file.path), tableName)
  return isPack(file.path) && fs.existsSync(table) ? { ...file, beside: [table] } : file
}

const list = Effect.fn("ingest.gptOss.list")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const { items, leftAlone } = yield* Effect.try({ try: () => sortFiles(listed), catch: contentError(listed[0]!) })
  const files = items.toSorted(inFillOrder)
  const model = yield* modelFor(files, options.model, () => look(files[0]!))
  const notes = [
    "decode tokens only: the recorder kept no prompt",
    ...(leftAlone === 0 ? [] : [`${leftAlone} JSON files below an .npz were left alone: the .npz holds their requests`])
  ]
  return { model, files: files.map(withTable), notes }
})

export default defineFormat({
  id: "gpt-oss",
  title: "expert fingerprints of gpt-oss (JSON with router_data, or .npz with requests.json)",
  endings,
  recognises,
  list,
  decode,
  decoder: import.meta.resolve("@moira/ingest/formats/gpt-oss/decoder")
})

/** Expert fingerprints of gpt-oss: JSON with `router_data`, or all requests packed into an `.npz`; decode only. */
import type { Model, TraceRequest } from "@moira/trace"
import { Effect } from "effect"
import { contentError } from "../content-fault.ts"
import { fingerprintJson } from "../gpt-oss/json.ts"
import { sortFiles } from "../gpt-oss/files.ts"
import { openPack, packedRequests } from "../gpt-oss/pack.ts"
import { documentsOf } from "../json-lines/documents.ts"
import { firstOf } from "../json-lines/lines.ts"
import { inFillOrder, type LabelledFile } from "../layout.ts"
import { benchmarkLanguage } from "../benchmarks.ts"
import { listFiles } from "../list-files.ts"
import { labelsOf } from "../selections/labels.ts"
import { layerMajor } from "../selections/layer-major.ts"
import { modelFor, type SeenShape } from "../selections/model-by-shape.ts"
import { requestStream } from "../selections/stream.ts"
import type { ReadOptions, Recognition, TraceSample, TraceSource } from "../source.ts"
import { firstMemberName, isZip } from "../zip/zip.ts"

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

const isPack = (file: string) => file.endsWith(".npz")

const requestsOf = (model: Model) =>
  function* (file: LabelledFile): Generator<TraceRequest> {
    if (isPack(file.path)) {
      yield* packedRequests(file, model)
      return
    }
    for (const { value, source, sha256 } of documentsOf(file.path, fingerprintJson)) {
      const { dataset, category, routed } = value
      const labels =
        dataset === undefined
          ? labelsOf(file)
          : { benchmark: dataset, subject: category ?? "all", language: benchmarkLanguage(dataset) }
      const ids = layerMajor(routed, model)
      yield { ...labels, source, sha256, prefillTokens: 0, decodeTokens: routed.tokens, ids }
    }
  }

const look = (file: LabelledFile): SeenShape => {
  if (isPack(file.path)) {
    const { layers, topK } = openPack(file.path)
    return { layers, topK }
  }
  const { routed } = firstOf(documentsOf(file.path, fingerprintJson)).value
  return { layers: routed.layers, topK: routed.topK }
}

const read = Effect.fn("ingest.gptOss.read")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const { items, leftAlone } = yield* Effect.try({ try: () => sortFiles(listed), catch: contentError(listed[0]!) })
  const files = items.toSorted(inFillOrder)
  const model = yield* modelFor(files, options.model, () => look(files[0]!))
  const notes = [
    "decode tokens only: the recorder kept no prompt",
    ...(leftAlone === 0 ? [] : [`${leftAlone} JSON files below an .npz were left alone: the .npz holds their requests`])
  ]
  return { model, files: files.length, notes, requests: requestStream(files, requestsOf(model)) }
})

const gptOss: TraceSource = {
  id: "gpt-oss",
  title: "expert fingerprints of gpt-oss (JSON with router_data, or .npz with requests.json)",
  endings,
  recognises,
  read
}

export default gptOss

/** Routed experts of SGLang's HTTP interfaces: base64 of flat int32 `[token, layer, k]` in each response. */
import { type Model, moeLayers, type TraceRequest } from "@moira/trace"
import { Effect } from "effect"
import { ContentFault } from "../content-fault.ts"
import { documentsOf } from "../json-lines/documents.ts"
import { inFillOrder, labelFile, type LabelledFile } from "../layout.ts"
import { listFiles } from "../list-files.ts"
import { labelsOf } from "../selections/labels.ts"
import { layerMajor } from "../selections/layer-major.ts"
import { modelFor, type SeenShape } from "../selections/model-by-shape.ts"
import { requestStream } from "../selections/stream.ts"
import { readSglangResponse, type SglangOutput } from "../sglang/response.ts"
import type { ReadOptions, Recognition, TraceSample, TraceSource } from "../source.ts"

const endings = [".json", ".jsonl"]

const recognises = ({ bytes }: TraceSample): Recognition => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")
  if (!/^\s*[[{]/.test(text)) return { matches: false, why: "it is no JSON" }
  const known = /"routed_experts"\s*:/.test(text) && /"sgl_ext"\s*:|"meta_info"\s*:/.test(text)
  return known ? { matches: true } : { matches: false, why: "it has no routed_experts in sgl_ext or meta_info" }
}

/** How many tokens may have experts: the last sampled one is not run through the model again. */
const possibleTokens = ({ promptTokens, completionTokens, shared }: SglangOutput): ReadonlyArray<number> =>
  shared
    ? Array.from({ length: completionTokens + 1 }, (_, made) => promptTokens + made)
    : [promptTokens + completionTokens - 1, promptTokens + completionTokens]

/** Tokens and layers of the flat ids: the engine counts every hidden layer, some converters MoE layers alone. */
const shapeOf = (output: SglangOutput, model: Model): { readonly tokens: number; readonly layers: number } => {
  const { ids, promptTokens, completionTokens } = output
  const tokens = new Set(possibleTokens(output))
  for (const layers of [model.layers, moeLayers(model).length]) {
    const fitting = ids.length / (layers * model.topK)
    if (fitting > 0 && tokens.has(fitting)) return { tokens: fitting, layers }
  }
  throw new ContentFault(
    "WrongShape",
    output.place,
    `${ids.length} ids, which ${promptTokens} prompt and ${completionTokens} completion tokens of ${model.id} do not make`
  )
}

const requestOf = (
  output: SglangOutput,
  model: Model
): Pick<TraceRequest, "prefillTokens" | "decodeTokens" | "ids"> => {
  const { tokens, layers } = shapeOf(output, model)
  const prefillTokens = Math.min(output.promptTokens, tokens)
  const place = () => output.place
  const ids = layerMajor({ values: output.ids, tokens, layers, topK: model.topK, place }, model)
  return { prefillTokens, decodeTokens: tokens - prefillTokens, ids }
}

const requestsOf = (model: Model) =>
  function* (file: LabelledFile): Generator<TraceRequest> {
    for (const { value, source, sha256 } of documentsOf(file.path, readSglangResponse)) {
      for (const [index, output] of value.outputs.entries()) {
        const which = value.outputs.length === 1 ? source : `${source}, output ${index}`
        yield { ...labelsOf(file), source: which, sha256, ...requestOf(output, model) }
      }
    }
  }

const look = (file: LabelledFile): SeenShape => {
  for (const { value } of documentsOf(file.path, readSglangResponse)) {
    const output = value.outputs[0]!
    const tokens = possibleTokens(output).find((count) => count > 0 && output.ids.length % count === 0)
    if (tokens === undefined || output.shared) return { name: value.model }
    return { name: value.model, layersTimesTopK: output.ids.length / tokens }
  }
  throw new ContentFault("Truncated", "byte 0", "the file holds no record")
}

const read = Effect.fn("ingest.sglangHttp.read")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const files = listed.map(labelFile).toSorted(inFillOrder)
  const model = yield* modelFor(files, options.model, () => look(files[0]!))
  return { model, files: files.length, requests: requestStream(files, requestsOf(model)) }
})

const sglangHttp: TraceSource = {
  id: "sglang-http",
  title: "routed experts in responses of SGLang (sgl_ext or meta_info, base64 int32)",
  endings,
  recognises,
  read
}

export default sglangHttp

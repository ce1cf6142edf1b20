/** Routed experts of vLLM: responses with nested lists or base64 arrays, and `.npy` arrays with a JSON beside them. */
import type { Model, TraceRequest } from "@moira/trace"
import { Effect } from "effect"
import * as fs from "node:fs"
import { ContentFault } from "../content-fault.ts"
import { fileProblem, IngestError } from "../error.ts"
import { documentsOf } from "../json-lines/documents.ts"
import { inFillOrder } from "../layout.ts"
import { listFiles } from "../list-files.ts"
import { isIntegerType, isNpy, readNpy, readNpyHeader } from "../numpy/npy.ts"
import { readBounded } from "../read-bounded.ts"
import { labelsOf, sha256 } from "../selections/labels.ts"
import { layerMajor } from "../selections/layer-major.ts"
import { modelFor, type SeenShape } from "../selections/model-by-shape.ts"
import { requestStream } from "../selections/stream.ts"
import type { ReadOptions, Recognition, TraceSample, TraceSource } from "../source.ts"
import { sidecarOf, sortFiles, type VllmItem } from "../vllm/files.ts"
import { readResponse, requestsOfResponse } from "../vllm/response.ts"
import { tokenMajorOf } from "../vllm/routed.ts"
import { readSidecar, type Sidecar } from "../vllm/sidecar.ts"

const endings = [".json", ".jsonl", ".npy"]

const recognises = ({ bytes, path }: TraceSample): Recognition => {
  const no = (why: string): Recognition => ({ matches: false, why })
  if (isNpy(bytes)) {
    // Arrays of other formats have the same shape: the sidecar makes it one of these.
    if (!fs.existsSync(sidecarOf(path))) return no("no JSON of the same name lies beside the array")
    try {
      const { shape, type } = readNpyHeader(bytes, undefined)
      return shape.length === 3 && isIntegerType(type)
        ? { matches: true }
        : no(`an array of ${shape.length} dimensions`)
    } catch {
      return no("its array header is not of a plain array")
    }
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")
  if (!/^\s*\{/.test(text)) return no("it is no JSON object and no .npy array")
  if (/"sgl_ext"|"meta_info"/.test(text)) return no("it is a response of SGLang")
  if (/"prompt_routed_experts"\s*:|"routed_experts"\s*:|routed_experts"|"input_token_count"\s*:/.test(text))
    return { matches: true }
  return no("it does not speak of routed_experts")
}

/** The request of an array. Throws `ContentFault`. */
const arrayRequest = (item: VllmItem, sidecar: Sidecar, model: Model): TraceRequest => {
  const bytes = readBounded(item.path)
  const digest = sha256(bytes)
  if (sidecar.sha256 !== undefined && sidecar.sha256 !== digest)
    throw new ContentFault("Malformed", "byte 0", `its SHA-256 is ${digest}, ${item.sidecar} says ${sidecar.sha256}`)
  const source = tokenMajorOf(readNpy(bytes))
  const { promptTokens: prefillTokens, outputTokens } = sidecar
  const decodeTokens = source.tokens - prefillTokens
  const shape = [source.tokens, source.layers, source.topK]
  if (sidecar.shape !== undefined && sidecar.shape.join() !== shape.join())
    throw new ContentFault(
      "WrongShape",
      "byte 0",
      `an array of shape ${shape.join()}, ${item.sidecar} says ${sidecar.shape.join()}`
    )
  // The last sampled token is not run through the model again, so its experts may be missing.
  if (source.tokens === 0 || (decodeTokens !== outputTokens && decodeTokens !== outputTokens - 1))
    throw new ContentFault(
      "WrongShape",
      "byte 0",
      `${source.tokens} tokens, where ${item.sidecar} says ${prefillTokens} prompt and ${outputTokens} output tokens`,
      "the recorder lost tokens; record again"
    )
  const ids = layerMajor(source, model)
  return { ...labelsOf(item), source: item.path, sha256: digest, prefillTokens, decodeTokens, ids }
}

const requestsOf = (model: Model) =>
  function* (item: VllmItem): Generator<TraceRequest> {
    if (item.sidecar !== undefined) {
      yield arrayRequest(item, readSidecar(item.sidecar), model)
      return
    }
    for (const { value, source, sha256: digest } of documentsOf(item.path, readResponse)) {
      const requests = requestsOfResponse(value, model)
      for (const [choice, request] of requests.entries()) {
        const which = requests.length === 1 ? source : `${source}, choice ${choice}`
        yield { ...labelsOf(item), source: which, sha256: digest, ...request }
      }
    }
  }

const look = (item: VllmItem): SeenShape => {
  if (item.sidecar !== undefined) {
    const { layers, topK } = tokenMajorOf(readNpy(readBounded(item.path)))
    return { layers, topK, experts: readSidecar(item.sidecar).experts }
  }
  for (const { value } of documentsOf(item.path, readResponse)) {
    const part = [value.prompt, ...value.choices].find((each) => each !== undefined && each.tokens > 0)
    return part === undefined ? { name: value.model } : { name: value.model, layers: part.layers, topK: part.topK }
  }
  throw new ContentFault("Truncated", "byte 0", "the file holds no record")
}

/** What was found, for people. */
const notesOf = (items: ReadonlyArray<VllmItem>, leftAlone: ReadonlyArray<string>): ReadonlyArray<string> => {
  const arrays = items.filter((item) => item.kind === "array")
  const failed = arrays.filter((item) => readSidecar(item.sidecar!).verdict === "FAIL")
  return [
    `${arrays.length} arrays with a sidecar and ${items.length - arrays.length} files of responses`,
    ...(failed.length === 0
      ? []
      : [`read although their recorder marked them FAIL: ${failed.map((item) => item.path).join(", ")}`]),
    ...(leftAlone.length === 0 ? [] : [`left alone as lists beside arrays: ${leftAlone.join(", ")}`])
  ]
}

const read = Effect.fn("ingest.vllm.read")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const sorted = yield* Effect.try({
    try: () => {
      const { items, leftAlone } = sortFiles(listed)
      return { items: items.toSorted(inFillOrder), notes: notesOf(items, leftAlone) }
    },
    catch: (cause) => (cause instanceof IngestError ? cause : fileProblem(listed[0]!)(cause))
  })
  const { items, notes } = sorted
  if (items.length === 0)
    return yield* new IngestError({
      reason: "Empty",
      where: paths.join(", "),
      what: "holds no routed experts: only lists of the recorder's own",
      hint: "give the folder with the responses or arrays"
    })
  const model = yield* modelFor(items, options.model, () => look(items[0]!))
  return { model, files: items.length, notes, requests: requestStream(items, requestsOf(model)) }
})

const vllm: TraceSource = {
  id: "vllm",
  title: "routed experts of vLLM: responses with lists or base64 arrays, or .npy arrays with a JSON sidecar",
  endings,
  recognises,
  read
}

export default vllm

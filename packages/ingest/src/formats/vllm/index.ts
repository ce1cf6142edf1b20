/** Routed experts of vLLM: responses whole, streamed or of a batch, and `.npy` arrays with a JSON beside them. */
import { Effect } from "effect"
import decode from "./decoder.ts"
import { ContentFault, FileFault } from "../../fault/content-fault.ts"
import { contentError } from "../../fault/content-error.ts"
import { IngestError } from "../../fault/error.ts"
import { inFillOrder } from "../../parts/layout.ts"
import { listFiles } from "../../parts/list-files.ts"
import { isIntegerType, isNpy, readNpy, readNpyHeader } from "../../codecs/npy/npy.ts"
import { readBounded } from "../../codecs/bytes/read-bounded.ts"
import { modelFor, type SeenShape } from "../../parts/model-by-shape.ts"
import { defineFormat } from "../../parts/define-format.ts"
import type { ReadOptions, Recognition, TraceSample } from "../../source.ts"
import { isFlat } from "../../parts/responses/response.ts"
import { responsesOf, startsAsEvents } from "../../parts/responses/responses-of.ts"
import { sortFiles, type VllmItem } from "./files.ts"
import { readResponse } from "./response.ts"
import { stridedOf } from "../../parts/npy-ids.ts"
import { readSidecar } from "./sidecar.ts"

const endings = [".json", ".jsonl", ".ndjson", ".npy", ".sse", ".txt"]

/** Arrays of ids: integers in three dimensions, of which the last is a top-k. */
const recognisesArray = (bytes: Uint8Array): Recognition => {
  try {
    const { shape, type } = readNpyHeader(bytes, undefined)
    if (shape.length === 3 && isIntegerType(type)) return { matches: true }
    return {
      matches: false,
      why: `an array of ${shape.length} dimensions and type ${type}, not integers [token, layer, k]`,
      near: 0.4
    }
  } catch {
    return { matches: false, why: "its array header is not of a plain array", near: 0.2 }
  }
}

const recognises = ({ bytes }: TraceSample): Recognition => {
  if (isNpy(bytes)) return recognisesArray(bytes)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")
  if (!/^\s*[[{]/.test(text) && !startsAsEvents(bytes))
    return { matches: false, why: "it is no JSON and no .npy array" }
  if (/"sgl_?ext"|"meta_info"/.test(text)) return { matches: false, why: "it is a response of SGLang" }
  if (/"(?:prompt_)?routed_experts"\s*:|routed_experts"|"input_token_count"\s*:/.test(text)) return { matches: true }
  return /"choices"\s*:/.test(text)
    ? {
        matches: false,
        why: "a response without routed_experts in its first 64 KiB: either the request did not ask for them, or they were dropped",
        near: 0.8
      }
    : { matches: false, why: "it does not speak of routed_experts" }
}

/** Records that are looked at for a shape: where none of them has one, the rest of a long file will not either. */
const maxLooked = 100

/** The shape of the first response that has one. */
const lookAtResponses = (file: string): SeenShape => {
  let [name, fault] = [undefined as string | undefined, undefined as ContentFault | undefined]
  let seen = 0
  for (const item of responsesOf(file, readResponse)) {
    if (++seen > maxLooked) break
    if (item instanceof ContentFault) {
      fault ??= item
      continue
    }
    const { model, prompt, choices } = item.response
    name ??= model
    for (const routed of [prompt, ...choices.map((choice) => choice.routed)])
      if (routed !== undefined && !isFlat(routed) && routed.tokens > 0)
        return { name, layers: routed.layers, topK: routed.topK, ids: routed.values }
  }
  if (name === undefined && fault !== undefined) throw fault
  return { name }
}

const look = (item: VllmItem): SeenShape => {
  if (item.kind === "responses") return lookAtResponses(item.path)
  const { layers, topK, values } = stridedOf(readNpy(readBounded(item.path)))
  return {
    layers,
    topK,
    ids: values,
    experts: item.sidecar === undefined ? undefined : readSidecar(item.sidecar).experts
  }
}

/** The recorder's verdict on an array; a bad sidecar is refused with its array. */
const verdictOf = (sidecar: string | undefined): string | undefined => {
  if (sidecar === undefined) return undefined
  try {
    return readSidecar(sidecar).verdict
  } catch (cause) {
    if (cause instanceof FileFault) return undefined
    throw cause
  }
}

/** What was found, for people. */
const notesOf = (items: ReadonlyArray<VllmItem>, leftAlone: ReadonlyArray<string>): ReadonlyArray<string> => {
  const arrays = items.filter((item) => item.kind === "array")
  const beside = arrays.filter((item) => item.sidecar !== undefined)
  const bare = arrays.length - beside.length
  const failed = arrays.filter((item) => verdictOf(item.sidecar) === "FAIL")
  return [
    ...(beside.length === 0 ? [] : [`${beside.length} arrays with a sidecar`]),
    ...(bare === 0 ? [] : [`${bare} arrays without one, with the lengths that were asked for`]),
    ...(arrays.length === 0 || arrays.length === items.length
      ? []
      : [`responses in ${items.length - arrays.length} files beside them`]),
    ...(failed.length === 0
      ? []
      : [`read although their recorder marked them FAIL: ${failed.map((item) => item.path).join(", ")}`]),
    ...(leftAlone.length === 0 ? [] : [`left alone as no recordings: ${leftAlone.join(", ")}`])
  ]
}

const list = Effect.fn("ingest.vllm.list")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const sorted = yield* Effect.try({
    try: () => {
      const { items, leftAlone } = sortFiles(listed)
      return { items: items.toSorted(inFillOrder), notes: notesOf(items, leftAlone) }
    },
    catch: contentError(listed[0]!)
  })
  const { items, notes } = sorted
  if (items.length === 0)
    return yield* new IngestError({
      reason: "Empty",
      where: paths.join(", "),
      what: "holds no routed experts: only lists of the recorder's own and text that is no event stream",
      hint: "give the folder with the responses or arrays"
    })
  const model = yield* modelFor(items, options.model, () => look(items[0]!))
  const files = items.map((item) => (item.sidecar === undefined ? item : { ...item, beside: [item.sidecar] }))
  return { model, files, notes }
})

export default defineFormat({
  id: "vllm",
  title: "routed experts of vLLM: responses, streams and batch output, or .npy arrays with a JSON sidecar",
  endings,
  recognises,
  list,
  decode,
  decoder: import.meta.resolve("@moira/ingest/formats/vllm/decoder")
})

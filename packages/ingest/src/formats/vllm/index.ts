/** Routed experts of vLLM: responses with nested lists or base64 arrays, and `.npy` arrays with a JSON beside them. */
import { Effect } from "effect"
import decode from "./decoder.ts"
import * as fs from "node:fs"
import { ContentFault, FileFault } from "../../fault/content-fault.ts"
import { contentError } from "../../fault/content-error.ts"
import { IngestError } from "../../fault/error.ts"
import { documentsOf } from "../../codecs/json-lines/documents.ts"
import { inFillOrder } from "../../parts/layout.ts"
import { listFiles } from "../../parts/list-files.ts"
import { isIntegerType, isNpy, readNpy, readNpyHeader } from "../../codecs/npy/npy.ts"
import { readBounded } from "../../codecs/bytes/read-bounded.ts"
import { modelFor, type SeenShape } from "../../parts/model-by-shape.ts"
import { defineFormat } from "../../parts/define-format.ts"
import type { ReadOptions, Recognition, TraceSample } from "../../source.ts"
import { sidecarOf, sortFiles, type VllmItem } from "./files.ts"
import { readResponse } from "./response.ts"
import { stridedOf } from "../../parts/npy-ids.ts"
import { readSidecar } from "./sidecar.ts"

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

const look = (item: VllmItem): SeenShape => {
  if (item.sidecar !== undefined) {
    const { layers, topK, values } = stridedOf(readNpy(readBounded(item.path)))
    return { layers, topK, ids: values, experts: readSidecar(item.sidecar).experts }
  }
  for (const { value } of documentsOf(item.path, readResponse)) {
    const part = [value.prompt, ...value.choices].find((each) => each !== undefined && each.tokens > 0)
    if (part === undefined) return { name: value.model }
    return { name: value.model, layers: part.layers, topK: part.topK, ids: part.values }
  }
  throw new ContentFault("Truncated", "byte 0", "the file holds no record")
}

/** The recorder's verdict on an array; a bad sidecar is refused with its array. */
const verdictOf = (sidecar: string): string | undefined => {
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
  const failed = arrays.filter((item) => verdictOf(item.sidecar!) === "FAIL")
  return [
    `${arrays.length} arrays with a sidecar and ${items.length - arrays.length} files of responses`,
    ...(failed.length === 0
      ? []
      : [`read although their recorder marked them FAIL: ${failed.map((item) => item.path).join(", ")}`]),
    ...(leftAlone.length === 0 ? [] : [`left alone as lists beside arrays: ${leftAlone.join(", ")}`])
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
      what: "holds no routed experts: only lists of the recorder's own",
      hint: "give the folder with the responses or arrays"
    })
  const model = yield* modelFor(items, options.model, () => look(items[0]!))
  const files = items.map((item) => (item.sidecar === undefined ? item : { ...item, beside: [item.sidecar] }))
  return { model, files, notes }
})

export default defineFormat({
  id: "vllm",
  title: "routed experts of vLLM: responses with lists or base64 arrays, or .npy arrays with a JSON sidecar",
  endings,
  recognises,
  list,
  decode,
  decoder: import.meta.resolve("@moira/ingest/formats/vllm/decoder")
})

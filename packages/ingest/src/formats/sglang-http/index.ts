/** Routed experts of SGLang's HTTP interfaces: base64 of flat int32 `[token, layer, k]` in each response. */
import { Effect } from "effect"
import decode from "./decoder.ts"
import { ContentFault } from "../../fault/content-fault.ts"
import { IngestError } from "../../fault/error.ts"
import { inFillOrder, labelFile, type LabelledFile } from "../../parts/layout.ts"
import { listFiles } from "../../parts/list-files.ts"
import { modelFor, type SeenShape } from "../../parts/model-by-shape.ts"
import { defineFormat } from "../../parts/define-format.ts"
import { isFlat, type Routed } from "../../parts/responses/response.ts"
import { isEventStream, responsesOf, startsAsEvents } from "../../parts/responses/responses-of.ts"
import { possibleTokens, readSglangResponse } from "./response.ts"
import type { ReadOptions, Recognition, TraceSample } from "../../source.ts"

const endings = [".json", ".jsonl", ".ndjson", ".sse", ".txt"]

const recognises = ({ bytes }: TraceSample): Recognition => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")
  const events = startsAsEvents(bytes)
  if (!/^\s*[[{]/.test(text) && !events) return { matches: false, why: "it is no JSON" }
  const isSglang = /"sgl_?ext"\s*:|"meta_info"\s*:/.test(text)
  // The routing of a stream comes with its last part, which may lie behind what is seen here.
  if (isSglang && (events || /"routed_experts"\s*:/.test(text))) return { matches: true }
  return isSglang
    ? {
        matches: false,
        why: "a response of SGLang without routed_experts: either the request did not ask for them, or they were dropped",
        near: 0.8
      }
    : { matches: false, why: "it has no routed_experts in sgl_ext or meta_info" }
}

/** Records that are looked at for a shape: where none of them has one, the rest of a long file will not either. */
const maxLooked = 100

/** How many ids a token has, from the first response of one output; its rows are of the whole sequence or of a part. */
const look = (file: LabelledFile): SeenShape => {
  let [name, fault] = [undefined as string | undefined, undefined as ContentFault | undefined]
  let seen = 0
  for (const item of responsesOf(file.path, readSglangResponse)) {
    if (++seen > maxLooked) break
    if (item instanceof ContentFault) {
      fault ??= item
      continue
    }
    const { model, choices } = item.response
    name ??= model
    const [choice] = choices
    if (choice?.routed === undefined || choices.length > 1) continue
    if (!isFlat(choice.routed))
      return { name, layers: choice.routed.layers, topK: choice.routed.topK, ids: choice.routed.values }
    const tokens = possibleTokens(item.response).find((count) => isWhole(choice.routed, count))
    if (tokens !== undefined)
      return { name, layersTimesTopK: choice.routed.flat.length / tokens, ids: choice.routed.flat }
  }
  if (name === undefined && fault !== undefined) throw fault
  return { name }
}

const isWhole = (routed: Routed | undefined, tokens: number): boolean =>
  routed !== undefined && isFlat(routed) && tokens > 0 && routed.flat.length > 0 && routed.flat.length % tokens === 0

const list = Effect.fn("ingest.sglangHttp.list")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const files = listed
    .filter((file) => !file.endsWith(".txt") || isEventStream(file))
    .map(labelFile)
    .toSorted(inFillOrder)
  if (files.length === 0)
    return yield* new IngestError({
      reason: "Empty",
      where: listed[0]!,
      what: "no JSON, and no event stream: it does not begin with a line of data",
      hint: "give the file with the responses as the server sent them"
    })
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

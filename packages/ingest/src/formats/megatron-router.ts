/** JSON lines of Megatron-LM's router tracer: `router_trace_rank*.jsonl`, one record a layer of a forward pass. */
import type { Model, TraceRequest } from "@moira/trace"
import { Effect } from "effect"
import { firstOf } from "../json-lines/lines.ts"
import { inFillOrder, labelFile, type LabelledFile } from "../layout.ts"
import { listFiles } from "../list-files.ts"
import { passesOf, passSource } from "../megatron/passes.ts"
import { labelsOf, sha256 } from "../selections/labels.ts"
import { layerMajor } from "../selections/layer-major.ts"
import { modelFor, type SeenShape } from "../selections/model-by-shape.ts"
import { requestStream } from "../selections/stream.ts"
import type { ReadOptions, Recognition, TraceSample, TraceSource } from "../source.ts"

const endings = [".jsonl"]

const recognises = ({ bytes }: TraceSample): Recognition => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")
  const known = /^\s*\{/.test(text) && ["step", "layer", "top_indices"].every((key) => text.includes(`"${key}"`))
  return known ? { matches: true } : { matches: false, why: "its records do not have step, layer and top_indices" }
}

const requestsOf = (model: Model) =>
  function* (file: LabelledFile): Generator<TraceRequest> {
    for (const pass of passesOf(file.path)) {
      const { source, places } = passSource(pass, model)
      const ids = layerMajor(source, model, places)
      yield {
        ...labelsOf(file),
        source: `${file.path}, rank ${pass.rank}, step ${pass.step}${pass.repeat === 0 ? "" : `, pass ${pass.repeat}`}`,
        sha256: sha256(ids),
        prefillTokens: 0,
        decodeTokens: source.tokens,
        ids
      }
    }
  }

const look = (file: LabelledFile): SeenShape => {
  const first = firstOf(passesOf(file.path))
  return { layerNumbers: [...first.layers.keys()], topK: first.topK }
}

const rank = (file: LabelledFile): number => Number(/rank(\d+)[^/\\]*$/.exec(file.path)?.[1] ?? 0)

const read = Effect.fn("ingest.megatronRouter.read")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const files = listed.map(labelFile).toSorted((a, b) => rank(a) - rank(b) || inFillOrder(a, b))
  const model = yield* modelFor(files, options.model, () => look(files[0]!))
  const notes = [
    "the files do not say which request a token is of: each forward pass of a rank is one request of decode tokens, in the order of the batch",
    "records of multi-token prediction blocks (block mtp) are left out"
  ]
  return { model, files: files.length, notes, requests: requestStream(files, requestsOf(model)) }
})

const megatronRouter: TraceSource = {
  id: "megatron-router",
  title: "router traces of Megatron-LM (router_trace_rank*.jsonl)",
  endings,
  recognises,
  read
}

export default megatronRouter

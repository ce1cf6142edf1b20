/** Raw expert ids that TensorRT-LLM dumps for its offline balancer: `meta_info.json` and `rank{r}_raw.safetensors`. */
import type { Model, TraceRequest } from "@moira/trace"
import { Effect } from "effect"
import { ContentFault } from "../content-fault.ts"
import { fileProblem } from "../error.ts"
import { inFillOrder, labelFile, type LabelledFile } from "../layout.ts"
import { listFiles } from "../list-files.ts"
import { withFile } from "../read-bounded.ts"
import { safetensorsHeaderBytes } from "../safetensors/safetensors.ts"
import { labelsOf, sha256 } from "../selections/labels.ts"
import { layerMajor } from "../selections/layer-major.ts"
import { modelFor, type SeenShape } from "../selections/model-by-shape.ts"
import { requestStream } from "../selections/stream.ts"
import type { ReadOptions, Recognition, TraceSample, TraceSource } from "../source.ts"
import { readIteration, readIterations } from "../trtllm/iterations.ts"
import { type MetaInfo, readMetaInfo } from "../trtllm/meta-info.ts"

const endings = ["_raw.safetensors"]

const recognises = ({ bytes, path, whole }: TraceSample): Recognition => {
  const no = (why: string): Recognition => ({ matches: false, why })
  try {
    safetensorsHeaderBytes(bytes, whole ? bytes.length : Number.MAX_SAFE_INTEGER)
  } catch {
    return no("it does not start with a safetensors header")
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + 8, bytes.byteLength - 8).toString("latin1")
  const first =
    /^\s*\{\s*(?:"__metadata__"\s*:\s*\{[^}]*\}\s*,\s*)?"\d+_\d+"\s*:\s*\{[^}]*"shape"\s*:\s*\[\s*\d+\s*(,?)/.exec(text)
  if (first === null) return no(`its tensors are not named {iteration}_{layer} (${path})`)
  return first[1] === "," ? { matches: true } : no("its tensors are counts of experts, not rows of ids")
}

const requestsOf = (model: Model, metaOf: (file: string) => MetaInfo) =>
  function* (file: LabelledFile): Generator<TraceRequest> {
    const meta = metaOf(file.path)
    const expected = { experts: model.experts, topK: model.topK }
    if (meta.experts !== expected.experts || meta.topK !== expected.topK)
      throw new ContentFault(
        "WrongShape",
        "byte 0",
        `meta_info.json says ${meta.experts} experts and top-${meta.topK}, where ${model.id} has ${expected.experts} and top-${expected.topK}`
      )
    const iterations = withFile(file.path, readIterations)
    for (const iteration of iterations) {
      const { source, places } = withFile(file.path, (fd) => readIteration(fd, iteration, model))
      const ids = layerMajor(source, model, places)
      yield {
        ...labelsOf(file),
        source: `${file.path}, iteration ${iteration.number}`,
        sha256: sha256(ids),
        prefillTokens: 0,
        decodeTokens: source.tokens,
        ids
      }
    }
  }

const look = (file: LabelledFile): SeenShape => {
  const meta = readMetaInfo(file.path)
  const first = withFile(file.path, readIterations)[0]!
  return { ...meta, layerNumbers: [...first.tensors.keys()] }
}

const rank = (file: LabelledFile): number => Number(/(\d+)_raw\.[^/\\]*$/.exec(file.path)?.[1] ?? 0)

const read = Effect.fn("ingest.trtllmRaw.read")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const files = listed.map(labelFile).toSorted((a, b) => rank(a) - rank(b) || inFillOrder(a, b))
  // Read here, so that a folder without it fails before anything is written.
  const metas = yield* Effect.try({
    try: () => new Map(files.map((file) => [file.path, readMetaInfo(file.path)])),
    catch: fileProblem(files[0]!.path)
  })
  const model = yield* modelFor(files, options.model, () => look(files[0]!))
  const requests = requestStream(
    files,
    requestsOf(model, (file) => metas.get(file)!)
  )
  const notes = [
    "the files do not say which request a token is of: each iteration of a rank is one request of decode tokens, in the order of the batch"
  ]
  return { model, files: files.length, notes, requests }
})

const trtllmRaw: TraceSource = {
  id: "trtllm-raw",
  title: "raw expert ids of TensorRT-LLM (meta_info.json and rank*_raw.safetensors)",
  endings,
  recognises,
  read
}

export default trtllmRaw

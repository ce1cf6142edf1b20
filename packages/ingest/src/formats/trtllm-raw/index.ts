/** Raw expert ids that TensorRT-LLM dumps for its offline balancer: `meta_info.json` and `rank{r}_raw.safetensors`. */
import { Effect } from "effect"
import * as fs from "node:fs"
import decode from "./decoder.ts"
import { contentError } from "../../fault/content-error.ts"
import { inFillOrder, labelFile, type LabelledFile } from "../../parts/layout.ts"
import { listFiles } from "../../parts/list-files.ts"
import { withFile } from "../../codecs/bytes/read-bounded.ts"
import { safetensorsHeaderBytes } from "../../codecs/safetensors/safetensors.ts"
import { modelFor, type SeenShape } from "../../parts/model-by-shape.ts"
import { defineFormat } from "../../parts/define-format.ts"
import type { ReadOptions, Recognition, TraceSample } from "../../source.ts"
import { readIterations } from "./iterations.ts"
import { metaInfoFile, readMetaInfo } from "./meta-info.ts"

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

const look = (file: LabelledFile): SeenShape => {
  const meta = readMetaInfo(file.path)
  const first = withFile(file.path, readIterations)[0]!
  return { ...meta, layerNumbers: [...first.tensors.keys()] }
}

const rank = (file: LabelledFile): number => Number(/(\d+)_raw\.[^/\\]*$/.exec(file.path)?.[1] ?? 0)

const list = Effect.fn("ingest.trtllmRaw.list")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const files = listed.map(labelFile).toSorted((a, b) => rank(a) - rank(b) || inFillOrder(a, b))
  // Looked for here, so that a folder without it fails before anything is written; a bad one is refused with its file.
  for (const file of files) {
    const meta = metaInfoFile(file.path)
    yield* Effect.try({ try: () => fs.accessSync(meta), catch: contentError(meta) })
  }
  const model = yield* modelFor(files, options.model, () => look(files[0]!))
  return { model, files: files.map((file) => ({ ...file, beside: [metaInfoFile(file.path)] })) }
})

export default defineFormat({
  id: "trtllm-raw",
  title: "raw expert ids of TensorRT-LLM (meta_info.json and rank*_raw.safetensors)",
  endings,
  recognises,
  list,
  decode,
  decoder: import.meta.resolve("@moira/ingest/formats/trtllm-raw/decoder")
})

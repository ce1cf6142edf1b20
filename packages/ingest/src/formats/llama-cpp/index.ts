/** CSV of llama.cpp's MoE trace: `layer,expert`, one line an activation, in the order of computing. */
import { Effect } from "effect"
import decode from "./decoder.ts"
import { firstOf } from "../../codecs/json-lines/lines.ts"
import { inFillOrder, labelFile, type LabelledFile } from "../../parts/layout.ts"
import { listFiles } from "../../parts/list-files.ts"
import { passesOf } from "./passes.ts"
import { modelFor, type SeenShape } from "../../parts/model-by-shape.ts"
import { defineFormat } from "../../parts/define-format.ts"
import type { ReadOptions, Recognition, TraceSample } from "../../source.ts"

const endings = [".csv"]

const recognises = ({ bytes }: TraceSample): Recognition => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 4096)).toString("latin1")
  if (/^(?:layer,expert\r?\n)?\d+,\d+\r?\n/.test(text)) return { matches: true }
  return { matches: false, why: "its lines are not layer,expert" }
}

const look = (file: LabelledFile): SeenShape => {
  const first = firstOf(passesOf(file.path))
  return { layerNumbers: first.layers, idsPerLayer: first.idsPerLayer, ids: first.ids }
}

const list = Effect.fn("ingest.llamaCpp.list")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const files = listed.map(labelFile).toSorted(inFillOrder)
  const model = yield* modelFor(files, options.model, () => look(files[0]!))
  const notes = [
    "the files do not mark requests: passes of several tokens are taken as prefill, passes of one token as decode, and a prefill after decode as the next request"
  ]
  return { model, files, notes }
})

export default defineFormat({
  id: "llama-cpp",
  title: "MoE trace of llama.cpp (CSV of layer,expert)",
  endings,
  recognises,
  list,
  decode,
  decoder: import.meta.resolve("@moira/ingest/formats/llama-cpp/decoder")
})

/** CSV of llama.cpp's MoE trace: `layer,expert`, one line an activation, in the order of computing. */
import { Effect } from "effect"
import decode from "./decoder.ts"
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
  const near = /^[^\n]*layer[^\n]*expert/i.test(text) ? { near: 0.4 } : {}
  return { matches: false, why: "its lines are not layer,expert", ...near }
}

/** Passes that are looked at: the first ones may lack the last layer. */
const maxLooks = 16

const look = (file: LabelledFile): SeenShape => {
  const passes = passesOf(file.path)
  try {
    let seen: SeenShape = {}
    for (let i = 0; i < maxLooks; i++) {
      const next = passes.next()
      if (next.done === true) break
      const { layers, idsPerLayer, ids } = next.value
      if (layers.length > (seen.layerNumbers?.length ?? 0)) seen = { layerNumbers: layers, idsPerLayer, ids }
    }
    return seen
  } finally {
    passes.return(undefined)
  }
}

const list = Effect.fn("ingest.llamaCpp.list")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const files = listed.map(labelFile).toSorted(inFillOrder)
  const model = yield* modelFor(files, options.model, () => look(files[0]!))
  return { model, files }
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

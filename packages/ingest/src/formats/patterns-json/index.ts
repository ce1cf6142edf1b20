/** patterns-json, the form of the study's data set: one JSON file a request. */
import { Effect } from "effect"
import { defineFormat } from "../../parts/define-format.ts"
import { inFillOrder, labelFile } from "../../parts/layout.ts"
import { listFiles } from "../../parts/list-files.ts"
import { modelOf } from "../../parts/model-of.ts"
import decode from "./decoder.ts"
import { recognisePatterns } from "./recognise.ts"
import type { ReadOptions } from "../../source.ts"

const endings = [".json"]

const list = Effect.fn("ingest.patternsJson.list")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = (yield* listFiles(paths, endings)).map(labelFile).toSorted(inFillOrder)
  const model = yield* modelOf(listed, options.model)
  const files = listed.map(({ path, benchmark, subject, language }) => ({
    path,
    benchmark,
    subject,
    language
  }))
  return { model, files }
})

export default defineFormat({
  id: "patterns-json",
  title: "patterns JSON of the public MoE expert selection traces, one file a request",
  endings,
  recognises: recognisePatterns,
  list,
  decode,
  decoder: import.meta.resolve("@moira/ingest/formats/patterns-json/decoder")
})

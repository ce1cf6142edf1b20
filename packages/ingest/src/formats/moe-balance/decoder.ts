/** Decodes files of moe-balance one by one. Imports little, since worker threads load it. */
import type { Model } from "@moira/core"
import type { TraceRequest } from "@moira/trace"
import { isLines } from "../../codecs/json-lines/documents.ts"
import type { LabelledFile } from "../../parts/layout.ts"
import { readRequestArchive } from "./archive.ts"
import { batchesOf, batchSource } from "./batches.ts"
import { sha256 } from "../../codecs/bytes/sha256.ts"
import { labelsOf } from "../../parts/labels.ts"
import { layerMajor } from "../../parts/layer-major.ts"

const decode = (model: Model) =>
  function* (file: LabelledFile): Generator<TraceRequest> {
    if (!isLines(file.path)) {
      const { source, prefillTokens, digest } = readRequestArchive(file.path)
      const ids = layerMajor(source, model)
      const decodeTokens = source.tokens - prefillTokens
      yield { ...labelsOf(file), source: file.path, sha256: digest, prefillTokens, decodeTokens, ids }
      return
    }
    for (const batch of batchesOf(file.path)) {
      const { source, places } = batchSource(batch, model)
      const ids = layerMajor(source, model, places)
      yield {
        ...labelsOf(file),
        source: `${file.path}, batch ${batch.id}`,
        sha256: sha256(ids),
        prefillTokens: 0,
        decodeTokens: source.tokens,
        ids
      }
    }
  }

export default decode

/** Decodes files of moe-balance one by one. Imports little, since worker threads load it. */
import type { Model } from "@moira/core"
import type { TraceRequest } from "@moira/trace"
import { isLines } from "../../codecs/json-lines/documents.ts"
import type { LabelledFile } from "../../parts/layout.ts"
import { readRequestArchive } from "./archive.ts"
import { batchesOf, batchSource } from "./batches.ts"
import type { DecodeOptions } from "../../source.ts"
import { assumedPhase, tokensOfPhase } from "../../parts/assumed-phase.ts"
import { labelsOf } from "../../parts/labels.ts"
import { layerMajor } from "../../parts/layer-major.ts"

const why = "the file does not say requests or phases: each batch is one request, by origin row"

const decode = (model: Model, options: DecodeOptions) =>
  function* (file: LabelledFile): Generator<TraceRequest> {
    if (!isLines(file.path)) {
      const { source, prefillTokens, sourceDigest } = readRequestArchive(file.path, options.sourceHash)
      const ids = layerMajor(source, model)
      const decodeTokens = source.tokens - prefillTokens
      yield { ...labelsOf(file), source: file.path, sourceDigest, prefillTokens, decodeTokens, ids }
      return
    }
    const phase = options.phase ?? "decode"
    for (const batch of batchesOf(file.path)) {
      const { source, places } = batchSource(batch, model)
      const ids = layerMajor(source, model, places)
      yield {
        ...labelsOf(file),
        source: `${file.path}, batch ${batch.id}`,
        ...tokensOfPhase(source.tokens, phase),
        ids,
        remarks: [assumedPhase(why, phase)]
      }
    }
  }

export default decode

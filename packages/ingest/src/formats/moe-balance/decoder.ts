/** Decodes files of moe-balance one by one. Imports little, since worker threads load it. */
import type { Model } from "@moira/core"
import { isLines } from "../../codecs/json-lines/documents.ts"
import type { LabelledFile } from "../../parts/layout.ts"
import { archivedRequest } from "./archive.ts"
import { batchesOf, batchSource } from "./batches.ts"
import type { Decoded, DecodeOptions } from "../../source.ts"
import { assumedPhase, tokensOfPhase } from "../../parts/assumed-phase.ts"
import { recordOf } from "../../parts/by-record.ts"
import { labelsOf } from "../../parts/labels.ts"
import { layerMajor } from "../../parts/layer-major.ts"

const why = "the file does not say requests or phases: each batch is one request, by origin row"

const decode = (model: Model, options: DecodeOptions) =>
  function* (file: LabelledFile): Generator<Decoded> {
    if (!isLines(file.path)) {
      yield archivedRequest(file, model, options)
      return
    }
    const phase = options.phase ?? "decode"
    for (const batch of batchesOf(file.path))
      yield recordOf(file.path, () => {
        const { source, places } = batchSource(batch, model)
        const ids = layerMajor(source, model, places)
        return {
          ...labelsOf(file),
          source: `${file.path}, batch ${batch.id}`,
          ...tokensOfPhase(source.tokens, phase),
          ids,
          remarks: [assumedPhase(why, phase)]
        }
      })
  }

export default decode

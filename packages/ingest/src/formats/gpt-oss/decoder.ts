/** Decodes expert fingerprints of gpt-oss file by file. Imports little, since worker threads load it. */
import type { Model } from "@moira/core"
import { benchmarkLanguage } from "../../parts/benchmarks.ts"
import { fingerprintJson } from "./json.ts"
import { isPack, packedRequests } from "./pack.ts"
import { documentsOf } from "../../codecs/json-lines/documents.ts"
import type { LabelledFile } from "../../parts/layout.ts"
import type { Decoded, DecodeOptions } from "../../source.ts"
import { labelsOf } from "../../parts/labels.ts"
import { layerMajor } from "../../parts/layer-major.ts"

const decode = (model: Model, options: DecodeOptions) =>
  function* (file: LabelledFile): Generator<Decoded> {
    if (isPack(file.path)) {
      yield* packedRequests(file, model)
      return
    }
    for (const { value, source, digest: sourceDigest } of documentsOf(file.path, fingerprintJson, options.sourceHash)) {
      const { dataset, category, routed } = value
      const labels =
        dataset === undefined
          ? labelsOf(file)
          : { benchmark: dataset, subject: category ?? "all", language: benchmarkLanguage(dataset) }
      const ids = layerMajor(routed, model)
      yield { ...labels, source, sourceDigest, prefillTokens: 0, decodeTokens: routed.tokens, ids }
    }
  }

export default decode

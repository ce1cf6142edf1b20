/** Decodes files of Megatron-LM's router tracer one by one. Imports little, since worker threads load it. */
import type { Model } from "@moira/core"
import type { TraceRequest } from "@moira/trace"
import type { LabelledFile } from "../../parts/layout.ts"
import { passesOf, passSource } from "./passes.ts"
import { labelsOf } from "../../parts/labels.ts"
import { layerMajor } from "../../parts/layer-major.ts"

const decode = (model: Model) =>
  function* (file: LabelledFile): Generator<TraceRequest> {
    for (const pass of passesOf(file.path)) {
      const { source, places } = passSource(pass, model)
      const ids = layerMajor(source, model, places)
      yield {
        ...labelsOf(file),
        source: `${file.path}, rank ${pass.rank}, step ${pass.step}${pass.repeat === 0 ? "" : `, pass ${pass.repeat}`}`,
        prefillTokens: 0,
        decodeTokens: source.tokens,
        ids
      }
    }
  }

export default decode

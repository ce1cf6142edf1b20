/** Decodes raw dumps of TensorRT-LLM rank by rank. Imports little, since worker threads load it. */
import type { Model } from "@moira/core"
import { choosableIds } from "@moira/core/thread"
import { ContentFault } from "../../fault/content-fault.ts"
import type { LabelledFile } from "../../parts/layout.ts"
import { withFile } from "../../codecs/bytes/read-bounded.ts"
import { assumedPhase, tokensOfPhase } from "../../parts/assumed-phase.ts"
import { labelsOf } from "../../parts/labels.ts"
import { recordOf } from "../../parts/by-record.ts"
import type { Decoded, DecodeOptions } from "../../source.ts"
import { layerMajor } from "../../parts/layer-major.ts"
import { readIteration, readIterations } from "./iterations.ts"
import { readMetaInfo } from "./meta-info.ts"

const why =
  "the files do not say requests or phases: each iteration of a rank is one request, in the order of the batch"

const decode = (model: Model, { phase = "decode" }: DecodeOptions) =>
  function* (file: LabelledFile): Generator<Decoded> {
    const meta = readMetaInfo(file.path)
    const expected = { experts: model.experts, topK: model.topK }
    if ((meta.experts !== expected.experts && meta.experts !== choosableIds(model)) || meta.topK !== expected.topK)
      throw new ContentFault(
        "WrongShape",
        "byte 0",
        `meta_info.json says ${meta.experts} experts and top-${meta.topK}, where ${model.id} has ${expected.experts} and top-${expected.topK}`
      )
    const iterations = withFile(file.path, readIterations)
    for (const iteration of iterations)
      yield recordOf(file.path, () => {
        const { source, places } = withFile(file.path, (fd) => readIteration(fd, iteration, model))
        const ids = layerMajor(source, model, places)
        return {
          ...labelsOf(file),
          source: `${file.path}, iteration ${iteration.number}`,
          ...tokensOfPhase(source.tokens, phase),
          ids,
          remarks: [assumedPhase(why, phase)]
        }
      })
  }

export default decode

/** Decodes CSV files of llama.cpp's MoE trace one by one. Imports little, since worker threads load it. */
import type { Model } from "@moira/core"
import type { Remark } from "@moira/trace"
import type { LabelledFile } from "../../parts/layout.ts"
import { passesOf } from "./passes.ts"
import { requestsOfPasses } from "./requests.ts"
import { labelsOf } from "../../parts/labels.ts"
import { recordOf } from "../../parts/by-record.ts"
import { ContentFault } from "../../fault/content-fault.ts"
import type { AssumedPhase, Decoded, DecodeOptions } from "../../source.ts"

const note = (what: string): Remark => ({ kind: "note", what })

const phaseRemark = (phase: AssumedPhase | undefined): Remark =>
  note(
    phase === undefined
      ? "the file does not say phases or requests: passes of several tokens were taken as prefill, passes of one as decode, and a prefill after decode as the next request (--phase changes it)"
      : `the file does not say phases: all tokens were taken as ${phase}, as asked`
  )
const pruned = note(
  "the last layer has rows only of tokens with an output, as llama.cpp's graphs drop the others before its experts: the rest of its rows are missing"
)
const guessed = note("which tokens of a pass have an output is not recorded: the last ones were taken")

const decode = (model: Model, { phase }: DecodeOptions) =>
  function* (file: LabelledFile): Generator<Decoded> {
    let index = 0
    for (const request of requestsOfPasses(passesOf(file.path), model, phase)) {
      if (request instanceof ContentFault) {
        yield recordOf(file.path, () => {
          throw request
        })
        continue
      }
      const { prefillTokens, decodeTokens, ids } = request
      const remarks = [
        phaseRemark(phase),
        ...(request.pruned ? [pruned] : []),
        ...(request.someOutputs ? [guessed] : [])
      ]
      const source = `${file.path}, request ${index++}`
      yield { ...labelsOf(file), source, prefillTokens, decodeTokens, ids, remarks }
    }
  }

export default decode

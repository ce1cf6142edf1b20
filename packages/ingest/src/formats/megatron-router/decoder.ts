/** Decodes recordings of Megatron-LM's router tracer. Imports little, since worker threads load it. */
import type { Model } from "@moira/core"
import type { Remark } from "@moira/trace"
import { besideFault } from "../../fault/content-fault.ts"
import type { LabelledFile } from "../../parts/layout.ts"
import type { Decoded, DecodeOptions, TraceFile } from "../../source.ts"
import { passesOf, passSource } from "./passes.ts"
import { assumedPhase, tokensOfPhase } from "../../parts/assumed-phase.ts"
import { isBadRecord } from "../../parts/bad-record.ts"
import { recordOf } from "../../parts/by-record.ts"
import { labelsOf } from "../../parts/labels.ts"
import { layerMajor } from "../../parts/layer-major.ts"
import { Repeats } from "./repeats.ts"

/** Files of the ranks of one run, which may have recorded the same passes. */
export interface Recording extends TraceFile {
  readonly files: ReadonlyArray<LabelledFile>
}

const note = (what: string): Remark => ({ kind: "note", what })

const remarks = {
  rank: note(
    "passes that an earlier rank had written with the same rows were left out: ranks of tensor parallelism route the same tokens"
  ),
  recomputed: note(
    "passes that came again in their step with the same rows were left out: training recomputes activations"
  )
}

const why =
  "the files do not say requests or phases: each forward pass of a rank is one request, in the order of the batch"

const decode = (model: Model, { phase = "decode" }: DecodeOptions) =>
  function* ({ files }: Recording): Generator<Decoded> {
    const repeats = new Repeats()
    const assumed = assumedPhase(why, phase)
    const told = new Set<Remark>([assumed])
    // A request goes on only when the next is there, so that what was left out behind it is told of it.
    let waiting: Decoded | undefined
    const given = (one: Decoded): Decoded => (isBadRecord(one) ? one : { ...one, remarks: [...told] })
    for (const file of files) {
      try {
        for (const pass of passesOf(file.path)) {
          const again = repeats.add(pass)
          if (again !== undefined) {
            told.add(remarks[again])
            continue
          }
          const { source, places } = passSource(pass, model)
          if (waiting !== undefined) yield given(waiting)
          waiting = recordOf(file.path, () => ({
            ...labelsOf(file),
            source: `${file.path}, rank ${pass.rank}, step ${pass.step}${pass.repeat === 0 ? "" : `, pass ${pass.repeat}`}`,
            ...tokensOfPhase(source.tokens, phase),
            ids: layerMajor(source, model, places)
          }))
        }
      } catch (cause) {
        throw besideFault(file.path, cause)
      }
    }
    if (waiting !== undefined) yield given(waiting)
  }

export default decode

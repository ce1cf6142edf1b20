/**
 * Rollouts that reinforcement-learning trainers save: dicts of samples with routed experts, and lengths or masks that tell
 * prompt from answer, by torch.save, pickle or numpy.savez (slime, miles, verl, NeMo-RL, prime-rl).
 */
import { Effect } from "effect"
import decode from "./decoder.ts"
import { isZip } from "../../codecs/zip/zip.ts"
import { torchSample } from "../../codecs/pickle/torch-file.ts"
import { defineFormat } from "../../parts/define-format.ts"
import { inFillOrder, labelFile, type LabelledFile } from "../../parts/layout.ts"
import { listFiles } from "../../parts/list-files.ts"
import { modelFor, type SeenShape } from "../../parts/model-by-shape.ts"
import { isRolloutArchive } from "../../parts/trainer-arrays.ts"
import type { ReadOptions, Recognition, TraceSample } from "../../source.ts"
import { numbersOf } from "../../parts/numbers.ts"
import { withTree } from "../../parts/open-tree.ts"
import { routedNames, samplesOf } from "./samples.ts"

const endings = [".pt", ".pkl", ".pickle", ".npz"]

const recognises = ({ bytes }: TraceSample): Recognition => {
  const lengths = ["response_length", "response_lengths", "loss_mask", "response_mask"]
  const keys = torchSample(bytes, [
    ...routedNames,
    ...lengths,
    "message_log",
    "samples",
    "rollout_id",
    "records",
    "logical_count"
  ])
  if (keys !== undefined) {
    const engine = keys.has("records") || keys.has("logical_count")
    // The ids of a long first sample may lie beyond the start of the file.
    const known = routedNames.some((name) => keys.has(name)) || (keys.has("samples") && keys.has("rollout_id"))
    if (!engine && (known || keys.has("message_log"))) return { matches: true }
    const near = lengths.some((name) => keys.has(name)) ? { near: 0.7 } : {}
    return { matches: false, why: "its samples have no routed_experts", ...near }
  }
  if (isZip(bytes) && isRolloutArchive(bytes)) return { matches: true }
  return { matches: false, why: "no pickle or archive of samples with routed_experts" }
}

const look = (file: LabelledFile): SeenShape => {
  const shapes = withTree(file.path, function* ({ root, readTensor }) {
    for (const sample of samplesOf(root, readTensor)) {
      const own = sample.numbers(routedNames)
      const ofMessage = sample.messages
        ?.map((message) => numbersOf(message.get("routed_experts"), readTensor))
        .find((one) => one !== undefined)
      const numbers = own ?? ofMessage
      if (numbers === undefined) continue
      const { shape } = numbers
      yield shape.length === 3
        ? { layers: shape[1]!, topK: shape[2]!, ids: numbers.read() }
        : { layersTimesTopK: shape.at(-1)! }
    }
  })
  try {
    for (const seen of shapes) return seen
    return {}
  } finally {
    shapes.return(undefined)
  }
}

const list = Effect.fn("ingest.rlRollout.list")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const files = listed.map(labelFile).toSorted(inFillOrder)
  const model = yield* modelFor(files, options.model, () => look(files[0]!))
  return { model, files }
})

export default defineFormat({
  id: "rl-rollout",
  title: "rollouts of RL trainers (.pt, .pkl or .npz of samples with routed_experts and lengths or masks)",
  endings,
  recognises,
  list,
  decode,
  decoder: import.meta.resolve("@moira/ingest/formats/rl-rollout/decoder")
})

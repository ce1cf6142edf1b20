/**
 * Router logits, as `output_router_logits` of transformers gives them: an array `[token, expert]` for each layer, in an `.npz` or
 * a file of torch.save.
 */
import { Effect } from "effect"
import decode from "./decoder.ts"
import { torchSample } from "../../codecs/pickle/torch-file.ts"
import { firstMemberName, isZip } from "../../codecs/zip/zip.ts"
import { defineFormat } from "../../parts/define-format.ts"
import { inFillOrder, labelFile, type LabelledFile } from "../../parts/layout.ts"
import { listFiles } from "../../parts/list-files.ts"
import { modelFor, type SeenShape } from "../../parts/model-by-shape.ts"
import { withTree } from "../../parts/open-tree.ts"
import type { ReadOptions, Recognition, TraceSample } from "../../source.ts"
import { logitsNames, stepsOf } from "./steps.ts"

const endings = [".npz", ".pt", ".pkl"]

const others = ["records", "logical_count", "samples", "routed_experts", "rollout_routed_experts", "message_log"]

const recognises = ({ bytes }: TraceSample): Recognition => {
  const keys = torchSample(bytes, [...logitsNames, ...others])
  if (keys !== undefined) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")
    const floats =
      /(?:BFloat16|Half|Float|Double)Storage/.test(text) && !/(?:Byte|Char|Short|Int|Long)Storage/.test(text)
    if (logitsNames.some((name) => keys.has(name)) || (floats && keys.size === 0)) return { matches: true }
    return { matches: false, why: "its pickle has no router_logits, and not tensors of floats alone" }
  }
  if (!isZip(bytes)) return { matches: false, why: "no archive or pickle of logits" }
  const name = firstMemberName(bytes) ?? "nothing"
  if (/^(?:router_logits.*|(?:layer|arr)_?\d+)\.npy$/.test(name)) return { matches: true }
  return { matches: false, why: `its first array is ${name}, not layer_N or router_logits` }
}

const look = (file: LabelledFile): SeenShape => {
  const shapes = withTree(file.path, function* (tree) {
    const { numbers, layers } = stepsOf(tree)[0]!
    const experts = layers.find((layer) => layer !== undefined)!.shape[1]!
    yield { experts, ...(numbers === undefined ? { layers: layers.length } : { layerNumbers: numbers }) }
  })
  for (const seen of shapes) return seen
  return {}
}

const list = Effect.fn("ingest.routerLogits.list")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const files = listed.map(labelFile).toSorted(inFillOrder)
  const model = yield* modelFor(files, options.model, () => look(files[0]!))
  return { model, files }
})

export default defineFormat({
  id: "router-logits",
  title: "router logits of transformers (.npz or .pt with [token, expert] of each layer), the top-k taken",
  endings,
  recognises,
  list,
  decode,
  decoder: import.meta.resolve("@moira/ingest/formats/router-logits/decoder")
})

/** Decodes files of router logits one by one. Imports little, since worker threads load it. */
import type { Model } from "@moira/core"
import { choosableIds, moeLayers } from "@moira/core/thread"
import type { Remark, TraceRequest } from "@moira/trace"
import { ContentFault } from "../../fault/content-fault.ts"
import { maxHeldBytes } from "../../codecs/bytes/read-bounded.ts"
import { assumedPhase } from "../../parts/assumed-phase.ts"
import { labelsOf } from "../../parts/labels.ts"
import { byLayer, layerMajor } from "../../parts/layer-major.ts"
import { layersOf, placesByCount, placesByNumber } from "../../parts/layers.ts"
import type { LabelledFile } from "../../parts/layout.ts"
import { withTree } from "../../parts/open-tree.ts"
import type { DecodeOptions } from "../../source.ts"
import { chooseExperts } from "./choose.ts"
import { type Step, stepsOf } from "./steps.ts"

const note = (what: string): Remark => ({ kind: "note", what })

const chosen = note(
  "experts are those of the highest router logits, as softmax and sigmoid keep their order; a bias that some routers add before they choose is not in the file"
)
const grouped: Remark = {
  kind: "warning",
  what: "the model picks experts by groups, and what the router adds to its scores is not in the logits: groups were picked by the sum of their two best scores, which may differ from the model's choice"
}
const steps = note("the first forward pass was taken as the prompt, each later one as a decode step")
const batches = note("the file does not say sequences: the tokens of a batch are one request, in its order")

/** The logits of a step as experts `[layer][token][k]`, by place among the model's MoE layers. */
const idsOf = (
  { numbers, layers }: Step,
  model: Model,
  index: number
): { readonly tokens: number; readonly ids: Uint16Array } => {
  const place = `record ${index}`
  const { topK } = model
  const experts = choosableIds(model)
  const present = layers.flatMap((layer, i) => (layer === undefined ? [] : [i]))
  // Layers without a router may be there as nothing, or not at all.
  const places =
    numbers !== undefined
      ? (([byNumber]) => byNumber && Int32Array.from(numbers, (number) => byNumber.get(number)!))([
          placesByNumber(model, numbers)
        ])
      : present.length === layers.length
        ? placesByCount(model, layers.length)
        : layers.length === model.layers && present.join() === moeLayers(model).join()
          ? Int32Array.from(present.keys())
          : undefined
  if (places === undefined)
    throw new ContentFault(
      "WrongShape",
      place,
      `${layers.length} layers, ${present.length} with logits, where ${layersOf(model)}`
    )
  const own = present.map((i) => layers[i]!)
  const tokens = own[0]!.shape[0]!
  if (own.length * tokens * topK * Int32Array.BYTES_PER_ELEMENT > maxHeldBytes)
    throw new ContentFault(
      "WrongShape",
      place,
      `${tokens} tokens are more than are held in memory`,
      "save fewer tokens a file"
    )
  const values = new Int32Array(own.length * tokens * topK)
  own.forEach((layer, l) => {
    const where = `${place}, layer ${numbers?.[l] ?? present[l]}`
    if (layer.shape[0] !== tokens || layer.shape[1] !== experts)
      throw new ContentFault(
        "WrongShape",
        where,
        `logits [${layer.shape.join(", ")}], where [${tokens}, ${experts}] belongs to ${model.id}`
      )
    if (places[l]! < 0) return
    const logits = layer.read()
    for (let token = 0; token < tokens; token++) {
      try {
        chooseExperts(logits, token * experts, model, values, (l * tokens + token) * topK)
      } catch (cause) {
        if (!(cause instanceof ContentFault)) throw cause
        throw new ContentFault(cause.reason, `${where}, token ${token}`, cause.message, cause.hint)
      }
    }
  })
  const source = byLayer({ values, tokens, layers: own.length, topK, place: () => place })
  return { tokens, ids: layerMajor(source, model, places) }
}

const decode = (model: Model, { phase }: DecodeOptions) =>
  function* (file: LabelledFile): Generator<TraceRequest> {
    yield* withTree(file.path, function* (tree): Generator<TraceRequest> {
      const passes = stepsOf(tree).map((step, i) => idsOf(step, model, i))
      const tokens = passes.reduce((sum, pass) => sum + pass.tokens, 0)
      if (tokens === 0) throw new ContentFault("Truncated", "record 0", "the file holds no token")
      const layers = moeLayers(model).length
      const ids = new Uint16Array(layers * tokens * model.topK)
      let before = 0
      for (const pass of passes) {
        const size = pass.tokens * model.topK
        for (let layer = 0; layer < layers; layer++)
          ids.set(pass.ids.subarray(layer * size, (layer + 1) * size), (layer * tokens + before) * model.topK)
        before += pass.tokens
      }
      const several = passes.length > 1
      const prefillTokens = phase === "decode" ? 0 : several && phase === undefined ? passes[0]!.tokens : tokens
      const told =
        several && phase === undefined ? steps : assumedPhase("the file does not say phases", phase ?? "prefill")
      const { routing } = model
      const limited = routing !== undefined && routing.groupsPerToken < routing.groups
      const remarks = [chosen, batches, told, ...(limited ? [grouped] : [])]
      yield { ...labelsOf(file), source: file.path, prefillTokens, decodeTokens: tokens - prefillTokens, ids, remarks }
    })
  }

export default decode

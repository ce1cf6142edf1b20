/** What Moira needs to know of an MoE model, and how a user adds one. */
import { Count, PositiveCount, Rate } from "./schema.ts"
import { Schema } from "effect"
import { taggedProblem } from "./problem.ts"
import { bytesPerWeight, WeightFormat } from "./weight-formats.ts"

/** More than any model has, and few enough that a wrong number costs nothing. */
const mostLayers = 4096
const mostWidth = 2 ** 20
/** Ids are 16 bits wide; the highest marks a hole, the one below it, where there are zero experts, a choice of one. */
const mostExperts = 0xffff

const upTo = (most: number) => PositiveCount.pipe(Schema.check(Schema.isLessThanOrEqualTo(most)))
const Layer = Count.pipe(Schema.check(Schema.isLessThanOrEqualTo(mostLayers - 1)))
const Width = upTo(mostWidth)

/** MoE layers `first, first + every, ...` up to `last`; or, where they lie otherwise, each by its number, ascending. */
const MoeLayers = Schema.Union([
  Schema.Struct({ first: Layer, last: Layer, every: upTo(mostLayers) }),
  Schema.Struct({
    layers: Schema.Array(Layer).pipe(Schema.check(Schema.isMinLength(1), Schema.isMaxLength(mostLayers)))
  })
])

export const Model = Schema.Struct({
  id: Schema.String.pipe(Schema.check(Schema.isPattern(/^[a-z0-9][a-z0-9.-]*$/))),
  title: Schema.NonEmptyString,
  /** Other names: hub ids, folder names of traces. Compared without case. */
  aliases: Schema.Array(Schema.NonEmptyString),
  /** Hidden layers in all. */
  layers: upTo(mostLayers),
  /** Which of them have experts. */
  moe: MoeLayers,
  experts: upTo(mostExperts),
  /** Ids after those of the experts that a router may choose and that have no weights and do no work; 0 when left out. */
  zeroExperts: Schema.optionalKey(Count.pipe(Schema.check(Schema.isLessThanOrEqualTo(mostExperts)))),
  sharedExperts: Count,
  topK: PositiveCount,
  hidden: Width,
  /** Width at which routed experts work and tokens travel to them, where it is not `hidden` (latent MoE). */
  routedHidden: Schema.optionalKey(Width),
  /** Inner width of a routed expert. */
  expertFfn: Width,
  /** Inner width of one shared expert, where it is not `expertFfn`. */
  sharedFfn: Schema.optionalKey(Width),
  /** Matrices of an expert: 3 with a gate, which is what is meant when left out, 2 without. */
  matrices: Schema.optionalKey(Schema.Literals([2, 3])),
  /** Group-limited routing: experts lie in `groups` equal blocks and a token picks from `groupsPerToken` of them. */
  routing: Schema.optionalKey(Schema.Struct({ groups: PositiveCount, groupsPerToken: PositiveCount })),
  /** Bytes of one expert weight as the model is usually served; below one for 4-bit formats with scales. */
  servingBytesPerWeight: Rate,
  /** The format that those bytes are of, where it is known. */
  weightFormat: Schema.optionalKey(WeightFormat),
  /** Where the facts come from. */
  source: Schema.NonEmptyString,
  /** False where a fact could not be looked up at its source; `source` says which. */
  confirmed: Schema.optionalKey(Schema.Boolean)
}).pipe(
  Schema.check(
    Schema.makeFilter((m) => {
      if (m.topK > m.experts) return { path: ["topK"], issue: `topK ${m.topK} is more than the ${m.experts} experts` }
      const { weightFormat: format, servingBytesPerWeight: served } = m
      if (format !== undefined && Math.abs(bytesPerWeight(format) - served) > 1e-3)
        return {
          path: ["weightFormat"],
          issue: `${format} takes ${bytesPerWeight(format)} bytes a weight, not ${served}`
        }
      const misplaced = misplacedLayers(m)
      if (misplaced !== undefined) return { path: ["moe"], issue: misplaced }
      if (m.routing !== undefined && m.experts % m.routing.groups !== 0)
        return {
          path: ["routing", "groups"],
          issue: `${m.experts} experts do not divide into ${m.routing.groups} groups`
        }
      if (m.routing !== undefined && m.routing.groupsPerToken > m.routing.groups)
        return { path: ["routing", "groupsPerToken"], issue: "a token cannot pick from more groups than there are" }
      if (m.zeroExperts !== undefined && m.zeroExperts > 0 && m.experts + m.zeroExperts >= mostExperts)
        return { path: ["zeroExperts"], issue: "expert ids are 16 bits wide; at most 65,534 experts and zero experts" }
      return true
    })
  )
)
export type Model = typeof Model.Type

/** What is wrong with the places of the MoE layers. */
const misplacedLayers = (at: { readonly moe: typeof MoeLayers.Type; readonly layers: number }): string | undefined => {
  const { moe, layers } = at
  if ("layers" in moe) {
    const descends = moe.layers.findIndex((layer, i) => i > 0 && layer <= moe.layers[i - 1]!)
    if (descends > 0) return `MoE layers must ascend, but ${moe.layers[descends]} follows ${moe.layers[descends - 1]}`
    const last = moe.layers.at(-1)!
    return last >= layers ? `MoE layer ${last} lies outside the ${layers} layers` : undefined
  }
  if (moe.last >= layers || moe.first > moe.last)
    return `MoE layers ${moe.first}-${moe.last} lie outside the ${layers} layers`
  return undefined
}

/** Matrices of one expert: gate, up and down, or up and down alone. */
export const expertMatrices = (model: Pick<Model, "matrices">): 2 | 3 => model.matrices ?? 3

/** Width at which routed experts work: what a token's copy has as elements on its way to an expert. */
export const expertWidth = (model: Pick<Model, "hidden" | "routedHidden">): number => model.routedHidden ?? model.hidden

/**
 * Experts that a token uses on average where zero experts are chosen as often as others; the top-k where there are none. What
 * counts of selections alone, without their tokens, leave to expect.
 */
export const expertsPerToken = ({
  topK,
  experts,
  zeroExperts = 0
}: Pick<Model, "topK" | "experts" | "zeroExperts">): number =>
  zeroExperts === 0 ? topK : (topK * experts) / (experts + zeroExperts)

/** Parameters of one routed expert: matrices x width x ffn. */
export const expertParameters = (model: Pick<Model, "hidden" | "routedHidden" | "expertFfn" | "matrices">): number =>
  expertMatrices(model) * expertWidth(model) * model.expertFfn

/** Parameters of the shared experts of one layer, which work at the full hidden size. */
export const sharedParameters = (
  model: Pick<Model, "hidden" | "expertFfn" | "sharedFfn" | "sharedExperts" | "matrices">
): number => expertMatrices(model) * model.hidden * (model.sharedFfn ?? model.expertFfn) * model.sharedExperts

/** FLOP of one expert for one token: 2 a parameter. */
export const expertFlopPerToken = (model: Parameters<typeof expertParameters>[0]): number => 2 * expertParameters(model)

export class ModelError extends taggedProblem("ModelError", ["UnknownModel", "InvalidModel", "Unreadable"]) {}

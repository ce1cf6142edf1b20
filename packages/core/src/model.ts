/** What Moira needs to know of an MoE model, and how a user adds one. */
import { Count, PositiveCount, Rate } from "./schema.ts"
import { Schema } from "effect"
import { taggedProblem } from "./problem.ts"

export const Model = Schema.Struct({
  id: Schema.String.pipe(Schema.check(Schema.isPattern(/^[a-z0-9][a-z0-9.-]*$/))),
  title: Schema.NonEmptyString,
  /** Other names: hub ids, folder names of traces. Compared without case. */
  aliases: Schema.Array(Schema.NonEmptyString),
  /** Hidden layers in all. */
  layers: PositiveCount,
  /** MoE layers are `first, first + every, ...` up to `last`. */
  moe: Schema.Struct({ first: Count, last: Count, every: PositiveCount }),
  experts: PositiveCount,
  sharedExperts: Count,
  topK: PositiveCount,
  hidden: PositiveCount,
  expertFfn: PositiveCount,
  /** Group-limited routing: experts lie in `groups` equal blocks and a token picks from `groupsPerToken` of them. */
  routing: Schema.optionalKey(Schema.Struct({ groups: PositiveCount, groupsPerToken: PositiveCount })),
  /** Bytes of one expert weight as the model is usually served; below one for 4-bit formats with scales. */
  servingBytesPerWeight: Rate,
  /** Where the facts come from. */
  source: Schema.NonEmptyString
}).pipe(
  Schema.check(
    Schema.makeFilter((m) => {
      if (m.topK > m.experts) return { path: ["topK"], issue: `topK ${m.topK} is more than the ${m.experts} experts` }
      if (m.moe.last >= m.layers || m.moe.first > m.moe.last)
        return { path: ["moe"], issue: `MoE layers ${m.moe.first}-${m.moe.last} lie outside the ${m.layers} layers` }
      if (m.routing !== undefined && m.experts % m.routing.groups !== 0)
        return {
          path: ["routing", "groups"],
          issue: `${m.experts} experts do not divide into ${m.routing.groups} groups`
        }
      if (m.routing !== undefined && m.routing.groupsPerToken > m.routing.groups)
        return { path: ["routing", "groupsPerToken"], issue: "a token cannot pick from more groups than there are" }
      if (m.experts > 0xffff) return { path: ["experts"], issue: "expert ids are 16 bits wide; at most 65,535 experts" }
      return true
    })
  )
)
export type Model = typeof Model.Type

/** Parameters of one routed expert: gate, up and down matrices, 3 x hidden x ffn. */
export const expertParameters = (model: Model): number => 3 * model.hidden * model.expertFfn

/** FLOP of one expert for one token: 2 a parameter, 6 x hidden x ffn. */
export const expertFlopPerToken = (model: Model): number => 2 * expertParameters(model)

export class ModelError extends taggedProblem("ModelError", ["UnknownModel", "InvalidModel", "Unreadable"]) {}

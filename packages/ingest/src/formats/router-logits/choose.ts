/** The experts that a router chooses by its logits. */
import type { Model } from "@moira/core"
import { choosableIds } from "@moira/core/thread"
import { ContentFault } from "../../fault/content-fault.ts"

/** Marks an expert that may not be chosen. */
const barred = -Infinity

/** The groups that a token picks from: those whose two best experts have the highest scores together. */
const openGroups = (logits: ArrayLike<number>, at: number, { experts, routing }: Model): ReadonlySet<number> => {
  const { groups, groupsPerToken } = routing!
  const size = experts / groups
  const score = (expert: number) => 1 / (1 + Math.exp(-logits[at + expert]!))
  const scores = Array.from({ length: groups }, (_, group) => {
    let [best, second] = [0, 0]
    for (let e = group * size; e < (group + 1) * size; e++) {
      const own = score(e)
      if (own > best) [best, second] = [own, best]
      else if (own > second) second = own
    }
    return best + second
  })
  const order = [...scores.keys()].toSorted((a, b) => scores[b]! - scores[a]! || a - b)
  return new Set(order.slice(0, groupsPerToken))
}

/**
 * Puts the `topK` experts of the highest logits of a row into `out`, the best first, the lower number first where two are equal.
 * Softmax and sigmoid keep the order, so that the scoring need not be known. Throws `ContentFault` without a place.
 */
export const chooseExperts = (
  logits: ArrayLike<number>,
  at: number,
  model: Model,
  out: Int32Array,
  to: number
): void => {
  const { topK, routing } = model
  const experts = choosableIds(model)
  const grouped = routing !== undefined && routing.groupsPerToken < routing.groups
  const open = grouped ? openGroups(logits, at, model) : undefined
  const size = grouped ? model.experts / routing.groups : experts
  const value = (expert: number): number =>
    open === undefined || open.has(Math.floor(expert / size)) ? logits[at + expert]! : barred
  let chosen = 0
  for (let expert = 0; expert < experts; expert++) {
    const own = value(expert)
    if (Number.isNaN(own))
      throw new ContentFault(
        "Malformed",
        "",
        `the logit of expert ${expert} is no number`,
        "compute the logits again, in 32-bit floats"
      )
    if (own === barred) continue
    // Insertion into the few best so far.
    let place = chosen
    while (place > 0 && value(out[to + place - 1]!) < own) place--
    if (place >= topK) continue
    for (let i = Math.min(chosen, topK - 1); i > place; i--) out[to + i] = out[to + i - 1]!
    out[to + place] = expert
    chosen = Math.min(chosen + 1, topK)
  }
  if (chosen < topK)
    throw new ContentFault(
      "WrongShape",
      "",
      `only ${chosen} experts have a finite logit, where ${model.id} chooses ${topK}`,
      "give the logits as the router computes them, before experts are masked"
    )
}

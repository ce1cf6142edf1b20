/** Checks a request against its model before it is stored. */
import type { Model } from "./model.ts"
import { missingExpert, type TraceRequest } from "./selections.ts"
import { StoreError } from "./store.ts"

const contradicts = (where: string, what: string) =>
  new StoreError({
    reason: "NotWritable",
    where,
    what,
    hint: "nothing was changed; check that the model named is the one that made this trace"
  })

/**
 * How many ids of a request are holes, in one loop over all ids. Throws a `StoreError` where the request contradicts
 * the model: an id that is no expert would otherwise be stored as another one.
 */
export const countHoles = (request: TraceRequest, model: Model, layers: ReadonlyArray<number>): number => {
  const { ids, source } = request
  const ofLayer = (request.prefillTokens + request.decodeTokens) * model.topK
  const expected = ofLayer * layers.length
  if (ids.length !== expected)
    throw contradicts(source, `${ids.length} ids, where ${model.title} and these token counts make ${expected}`)
  let holes = 0
  for (let i = 0; i < ids.length; i++) {
    if (ids[i]! < model.experts) continue
    if (ids[i] !== missingExpert) {
      const [layer, token] = [layers[Math.floor(i / ofLayer)], Math.floor((i % ofLayer) / model.topK)]
      throw contradicts(
        `${source}, layer ${layer}, token ${token}`,
        `expert ${ids[i]}, but ${model.title} has experts 0 to ${model.experts - 1}`
      )
    }
    holes++
  }
  return holes
}

/** Checks a request against its model before it is stored. */
import type { Model } from "@moira/core"
import { choosableIds } from "@moira/core/thread"
import { missingExpert, type TraceRequest } from "../selections.ts"
import { anyOutside } from "./any-outside.ts"

/** Columns of token counts are 32-bit integers. */
const mostTokens = 2 ** 31 - 1

/** A request contradicts its model; becomes a `StoreError` where the store is written. */
export class Contradiction extends Error {
  readonly where: string
  constructor(where: string, what: string) {
    super(what)
    this.where = where
  }
}

/** What must be known of a model to store its requests. */
export type StoredModel = Pick<Model, "title" | "experts" | "zeroExperts" | "topK" | "moe">

/**
 * How many ids of a request are holes, in one loop over all ids. Throws a `Contradiction` where the request contradicts
 * the model: an id that is no expert would otherwise be stored as another one.
 */
export const countHoles = (request: TraceRequest, model: StoredModel, layers: ReadonlyArray<number>): number => {
  const { ids, source, repeatedTokens = 0, cachedTokens = 0, prefillTokens } = request
  if (repeatedTokens > prefillTokens)
    throw new Contradiction(source, `${repeatedTokens} repeated tokens, but its prompt has ${prefillTokens} rows`)
  if (!Number.isInteger(cachedTokens) || cachedTokens < 0 || cachedTokens > mostTokens)
    throw new Contradiction(source, `${cachedTokens} tokens served from cache; 0 to ${mostTokens} can be stored`)
  const ofLayer = (request.prefillTokens + request.decodeTokens) * model.topK
  const expected = ofLayer * layers.length
  if (ids.length !== expected)
    throw new Contradiction(source, `${ids.length} ids, where ${model.title} and these token counts make ${expected}`)
  return anyOutside(ids, choosableIds(model) - 1) ? findHoles(request, model, layers, ofLayer) : 0
}

/** Counts what is outside and refuses what is no hole. */
const findHoles = (
  { ids, source }: TraceRequest,
  model: StoredModel,
  layers: ReadonlyArray<number>,
  ofLayer: number
): number => {
  const choosable = choosableIds(model)
  let holes = 0
  for (let i = 0; i < ids.length; i++) {
    if (ids[i]! < choosable) continue
    if (ids[i] !== missingExpert) {
      const [layer, token] = [layers[Math.floor(i / ofLayer)], Math.floor((i % ofLayer) / model.topK)]
      throw new Contradiction(
        `${source}, layer ${layer}, token ${token}`,
        `expert ${ids[i]}, but ${model.title} has experts 0 to ${choosable - 1}`
      )
    }
    holes++
  }
  return holes
}

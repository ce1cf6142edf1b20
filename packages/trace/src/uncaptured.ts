/** Finds the tokens of a request that were not recorded at any layer. */
import type { Model } from "@moira/core"
import { missingExpert, type TraceRequest } from "./selections.ts"
import { markUncaptured, plainRuns, type TokenRun } from "./token-runs.ts"

/** `[token]` 1 where all ids of all layers are holes. */
const missingRows = ({ ids }: TraceRequest, layers: number, tokens: number, topK: number): Uint8Array => {
  const missing = new Uint8Array(tokens).fill(layers === 0 ? 0 : 1)
  for (let layer = 0; layer < layers; layer++) {
    for (let token = 0; token < tokens; token++) {
      if (missing[token] === 0) continue
      const from = (layer * tokens + token) * topK
      for (let k = 0; k < topK; k++) {
        if (ids[from + k] === missingExpert) continue
        missing[token] = 0
        break
      }
    }
  }
  return missing
}

/** The runs of a request, whose ids are of whole layers; tokens without any id are marked where its reader did not say why. */
export const markedRuns = (
  request: TraceRequest,
  model: Pick<Model, "topK">,
  /** How many MoE layers there are. */
  layers: number,
  holes = true
): ReadonlyArray<TokenRun> => {
  const { prefillTokens, decodeTokens, runs = plainRuns(prefillTokens, decodeTokens) } = request
  if (!holes) return runs
  const missing = missingRows(request, layers, prefillTokens + decodeTokens, model.topK)
  return missing.includes(1) ? markUncaptured(runs, missing) : runs
}

/** How many choices of a trace are of zero experts, which have no weights and do no work. */
import type { Manifest } from "./manifest.ts"

export interface ZeroChoices {
  /** Of the recorded selections, 0 to 1. */
  readonly share: number
  /** Experts that work for a token in a layer, averaged over recorded tokens and layers. */
  readonly expertsPerToken: number
}

/** Undefined for models without zero experts. */
export const zeroChoices = ({
  counts,
  layers,
  model
}: Pick<Manifest, "counts" | "layers" | "model">): ZeroChoices | undefined => {
  const { zeroIds, missingIds, prefillTokens, decodeTokens, repeatedTokens } = counts
  if (zeroIds === undefined) return undefined
  const recorded = (prefillTokens + decodeTokens + repeatedTokens) * layers.length * model.topK - missingIds
  const share = recorded === 0 ? 0 : zeroIds / recorded
  return { share, expertsPerToken: model.topK * (1 - share) }
}

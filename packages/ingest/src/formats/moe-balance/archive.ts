/** One request as an `.npz`: `prompt_token_ids`, `output_token_ids`, `routed_experts [token, layer, k]`. */
import { ContentFault } from "../../fault/content-fault.ts"
import { isIntegerType, type NpyArray } from "../../codecs/npy/npy.ts"
import { openNpz } from "../../codecs/npy/npz.ts"
import { readBounded } from "../../codecs/bytes/read-bounded.ts"
import { digestOf, type SourceHash } from "../../codecs/bytes/digest.ts"
import type { StridedIds } from "../../parts/layer-major.ts"
import { stridedOf } from "../../parts/npy-ids.ts"

const length = (array: NpyArray, name: string): number => {
  const { shape, type } = array.header
  if (shape.length !== 1 || !isIntegerType(type))
    throw new ContentFault(
      "WrongShape",
      `array ${name}, byte 0`,
      `(${shape.join(", ")}) of ${type}, not a list of token ids`
    )
  return shape[0]!
}

/** Throws `ContentFault`. */
export const readRequestArchive = (
  file: string,
  kind?: SourceHash
): { readonly source: StridedIds; readonly prefillTokens: number; readonly sourceDigest: string } => {
  const bytes = readBounded(file)
  const npz = openNpz(bytes)
  const prompt = length(npz.array("prompt_token_ids"), "prompt_token_ids")
  const output = length(npz.array("output_token_ids"), "output_token_ids")
  const source = stridedOf(npz.array("routed_experts"), "array routed_experts, ")
  // The last sampled token is not run through the model again, so its experts may be missing.
  if (source.tokens === 0 || (source.tokens !== prompt + output && source.tokens !== prompt + output - 1))
    throw new ContentFault(
      "WrongShape",
      "array routed_experts, byte 0",
      `${source.tokens} tokens, where ${prompt} prompt and ${output} output tokens are listed`
    )
  return { source, prefillTokens: Math.min(prompt, source.tokens), sourceDigest: digestOf(bytes, kind) }
}

/**
 * Hashes of how requests begin. They only find requests that may begin alike: whether they do is settled on the ids themselves.
 */
import type { TraceRequest } from "../../selections.ts"

/** What is kept of a request: the hash of its first 1, 2, ... prompt rows, then of all rows but the last, then of all rows. */
export const hashesOf = ({ prefillTokens }: Pick<TraceRequest, "prefillTokens">): number => prefillTokens + 2

/** Two layers speak for all: ids of the others are not touched, which is what makes the hashes cheap. */
const sampledLayers = (layers: number): readonly [number, number] => [
  Math.floor(layers / 3),
  Math.floor((2 * layers) / 3)
]

/**
 * Writes the hashes of a request to `into`, from `at` on. A hot loop without allocation: hashes of rows do not wait for one
 * another, only the last step of each is chained.
 */
export const prefixHashes = (
  { ids, prefillTokens, decodeTokens }: TraceRequest,
  layers: number,
  topK: number,
  into: Uint32Array,
  at: number
): void => {
  const tokens = prefillTokens + decodeTokens
  const [first, second] = sampledLayers(layers)
  const [a, b] = [first * tokens * topK, second * tokens * topK]
  let [hash, before] = [0, 0]
  for (let token = 0; token < tokens; token++) {
    let row = 0
    for (let k = token * topK; k < (token + 1) * topK; k++)
      row = (Math.imul(row, 0x9e37_79b1) + ids[a + k]! + Math.imul(ids[b + k]!, 0x85eb_ca6b)) | 0
    before = hash
    hash = Math.imul(hash ^ row ^ (row >>> 15), 0xc2b2_ae35)
    hash ^= hash >>> 13
    if (token < prefillTokens) into[at + token] = hash
  }
  into[at + prefillTokens] = before
  into[at + prefillTokens + 1] = hash
}

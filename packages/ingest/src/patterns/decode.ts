/** From the bytes of a patterns-json file to layer-major ids. */
import type { PatternScanner } from "./scan.ts"

export interface DecodedPatterns {
  readonly prefillTokens: number
  readonly decodeTokens: number
  /** `[layerIndex][token][k]`, prefill tokens first; layers ascending whatever their order in the file. */
  readonly ids: Uint16Array
}

/** Turns what a scanner holds, in file order, into layer-major order. */
const layerMajor = (scanner: PatternScanner): Uint16Array => {
  const { shape, order, ids, prefillTokens, decodeTokens } = scanner
  const { topK, moeLayers } = shape
  const size = (prefillTokens + decodeTokens) * topK
  const prefillSize = prefillTokens * topK
  const out = new Uint16Array(moeLayers * size)
  let position = 0
  for (const layer of order) {
    const index = shape.moeIndex[layer]!
    if (index < 0) continue
    out.set(ids.subarray(position * prefillSize, (position + 1) * prefillSize), index * size)
    let from = moeLayers * prefillSize + position * topK
    let to = index * size + prefillSize
    for (let token = 0; token < decodeTokens; token++) {
      for (let k = 0; k < topK; k++) out[to++] = ids[from + k]!
      from += moeLayers * topK
    }
    position++
  }
  return out
}

/** Decodes `bytes[0]` to `bytes[end - 1]`; `bytes[end]` must be a zero. Throws `Fault`. */
export const decodePatterns = (scanner: PatternScanner, bytes: Uint8Array, end: number): DecodedPatterns => {
  scanner.scan(bytes, end)
  const { prefillTokens, decodeTokens } = scanner
  return { prefillTokens, decodeTokens, ids: layerMajor(scanner) }
}
